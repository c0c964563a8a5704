// The headline figures, and the period that they are compared with.

// countable is the headline figures that the counts in the page give for any range and domain. The others are blank there, not guessed.
const countable = {
  messages: (facts, sum) => sum.total,
  senders: (facts, sum) => sum.count,
  legacy: (facts, sum) => facts.tls.reduce((n, version, v) => n + (version.legacy ? sum.tls[v] : 0), 0),
  none: (facts, sum) => sum.tls[facts.tls.findIndex((version) => version.id === "none")],
  accounts: (facts, sum) => activeAccounts(sum),
};

// forgetUncountable is for a page that does not carry all senders: it cannot count them, nor their accounts.
function forgetUncountable() {
  if (!app.facts.folded) return;
  delete countable.senders;
  delete countable.accounts;
  delete fillers["tls-senders"];
}

// activeAccounts gives how many accounts have messages in a sum, or in the period before; undefined as long as they are not unpacked.
function activeAccounts(sum) {
  if (!app.accounts || isOwn(app.filter)) return undefined;
  const figures = sum === app.before ? accountsBehind().before : accountsBehind().messages;
  return figures.reduce((n, messages) => n + (messages > 0), 0);
}

// showAccountsCard counts the accounts of a choice of the reader's, once they are unpacked, for the one figure that needs them.
async function showAccountsCard() {
  const card = document.querySelector("[data-figure=accounts]");
  if (!card || isOwn(app.filter)) return;
  await prepareAccounts();
  if (!isOwn(app.filter)) showCard(card, app.before);
}

// allOf joins what must hold at once.
function allOf(texts) {
  return texts.length ? texts.reduce((first, second) => word("and", { first, second })) : "";
}

function showFigures() {
  const { facts, before, filter } = app;
  for (const card of document.querySelectorAll("[data-figure]")) showCard(card, before);
  const compared = before ? word("compared", { dates: dates(facts.first + before.first, facts.first + before.last) }) : word("no_earlier");
  byId("compared").textContent = isOwn(filter) ? facts.compared : compared;
  const domain = filter.domain < 0 ? facts.all : facts.domains[filter.domain].name;
  byId("chosen").textContent = [dates(facts.first + filter.first, facts.first + filter.last), domain, allOf(filter.clauses.map(clauseText))].filter(Boolean).join(", ");
  say(`${byId("chosen").textContent}: ${counted(app.sum.total, "message")}`);
}

// showCard writes one headline figure. For the report's own range and domains it is the text that the Go program wrote.
function showCard(card, before) {
  const { facts, sum, filter } = app;
  const fields = [".figure", ".change", ".note"].map((name) => card.querySelector(name));
  card.own ??= fields.map((field) => field.textContent);
  const count = countable[card.dataset.figure], value = count?.(facts, sum);
  card.classList.toggle("unknown", !isOwn(filter) && value === undefined);
  let texts = [noFigure, "", count ? "" : word("whole_report")];
  if (isOwn(filter)) texts = card.own;
  else if (value !== undefined) texts = [number(value), before ? change(value, count(facts, before)) : "", cardNote(card, value, before && count(facts, before))];
  fields.forEach((field, i) => (field.textContent = texts[i]));
}

function cardNote(card, value, before) {
  const notes = [];
  if ("share" in card.dataset && app.sum.total > 0) notes.push(word("of_messages", { share: percent(value, app.sum.total) }));
  if (before !== null) notes.push(word("before", { n: number(before) }));
  return notes.join("; ");
}

// earlier gives the first day of the period of the same length before the chosen one, or null unless the page surely carries all of it.
function earlier({ first, last }) {
  const { facts, filter } = app;
  const day = first - (last - first + 1);
  return day < 0 || facts.first + day < facts.earliest || (isOwn(filter) && !facts.complete) ? null : day;
}
