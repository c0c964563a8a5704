// The page's state and how its parts follow it. The first figures are the Go program's own; they come back when the reader returns to the report's range.

const app = {
  facts: null, data: null, clients: null, accounts: null,
  sum: null, before: null, // of the filter, and of the period before if it can be told
  order: null, // the rows as sorted last, and by what
  charts: new Map(), tables: {},
  view: "volume", mode: "percent", search: "",
  sort: { volume: { key: "messages", descending: true }, tls: { key: "messages", descending: true }, accounts: { key: "Messages", descending: true } },
  filter: { first: 0, last: 0, domain: -1 }, // days counted from the first that the page carries
};

function say(text) {
  byId("spoken").textContent = text;
}

// volumeColumns and tlsColumns are the columns of the two details tables. A row is the number of a sender.
function volumeColumns({ facts, data }) {
  return [
    addressColumn(data),
    domainColumn(facts, data),
    messagesColumn(),
    { key: "before", title: "Before", number: true, optional: true, width: 120, text: (s) => (app.before ? number(app.before.messages[s]) : noFigure), value: (s) => (app.before ? app.before.messages[s] : 0) },
    {
      key: "change", title: "Change", number: true, optional: true, width: 110,
      text: (s) => (app.before ? change(app.sum.messages[s], app.before.messages[s]) : noFigure),
      value: (s) => (app.before ? (app.sum.messages[s] - app.before.messages[s]) / app.before.messages[s] : 0),
    },
  ];
}

function messagesColumn() {
  return { key: "messages", title: "Messages", number: true, width: 110, text: (s) => number(app.sum.messages[s]), value: (s) => app.sum.messages[s] };
}

function tlsColumns({ facts, data }) {
  const versions = facts.tls.length;
  const shown = facts.tls.map((version, v) => ({ ...version, v })).filter((version) => version.always || version.used);
  return [
    addressColumn(data),
    ...shown.map(({ name, v }) => ({
      key: name, title: name, number: true, width: 130,
      text: (s) => shareCell(app.sum.split[s * versions + v], app.sum.messages[s]),
      value: (s) => app.sum.split[s * versions + v] / (app.mode === "percent" ? app.sum.messages[s] : 1),
    })),
    messagesColumn(),
  ];
}

// accountColumns are the columns of the accounts table as they come. A row is the number of an account.
function accountColumns({ facts, accounts }) {
  return accounts.table.map((column, i) => ({
    key: column.title, title: column.title, number: facts.accounts.numbers[i], width: i === 0 ? 250 : Math.max(110, 34 + 8 * column.title.length),
    text: (row) => textOf(column, row), value: (row) => column.place[row],
  }));
}

function addressColumn(data) {
  return {
    key: "address", title: "Sender address", width: 250, value: (s) => ranks(data)[s],
    text: (s) => (data.own[s] ? [data.names[s], make("span", { class: "own" }, "authreport")] : data.names[s]),
  };
}

function domainColumn(facts, data) {
  const order = Array.from(facts.domains.keys()).sort((a, b) => (facts.domains[a].name < facts.domains[b].name ? -1 : 1));
  const place = [];
  order.forEach((domain, i) => (place[domain] = i));
  return { key: "domain", title: "Domain", width: 260, optional: true, text: (s) => facts.domains[data.domain[s]].name, value: (s) => place[data.domain[s]] };
}

function shareCell(part, whole) {
  if (part === 0) return make("span", { class: "zero" }, "0 %", make("small", {}, "0"));
  return make("span", {}, percent(part, whole), make("small", {}, number(part)));
}

// recount makes the sums of the filter and shows them everywhere.
function recount() {
  const { facts, data, filter } = app;
  app.sum = summarise(facts, data, filter.first, filter.last, filter.domain);
  app.before = earlier();
  byId("start").value = isoDay(facts.first + filter.first);
  byId("end").value = isoDay(facts.first + filter.last);
  byId("domain").value = String(filter.domain);
  for (const button of document.querySelectorAll(".quick button")) button.setAttribute("aria-pressed", String(isQuick(button)));
  app.order = null;
  showFigures();
  showView();
}

function isOwn({ first, last, domain }) {
  return domain < 0 && app.facts.first + first === app.facts.range.first && app.facts.first + last === app.facts.range.last;
}

// countable is the headline figures that the counts in the page give for any range and domain. The others are blank there, not guessed.
const countable = {
  messages: (facts, sum) => sum.total,
  senders: (facts, sum) => sum.senders.length,
  legacy: (facts, sum) => facts.tls.reduce((n, version, v) => n + (version.legacy ? sum.tls[v] : 0), 0),
  none: (facts, sum) => sum.tls[facts.tls.findIndex((version) => version.name === "none")],
};

function showFigures() {
  const { facts, before, filter } = app;
  for (const card of document.querySelectorAll("[data-figure]")) showCard(card, before);
  const compared = before ? `compared with ${dates(facts.first + before.first, facts.first + before.last)}` : "no earlier period to compare with";
  byId("compared").textContent = isOwn(filter) ? facts.compared : compared;
  const domain = filter.domain < 0 ? "all sender domains" : facts.domains[filter.domain].name;
  byId("chosen").textContent = `${dates(facts.first + filter.first, facts.first + filter.last)}, ${domain}`;
  say(`${byId("chosen").textContent}: ${counted(app.sum.total, "message", "messages")}`);
}

// showCard writes one headline figure. For the report's own range and domains it is the text that the Go program wrote.
function showCard(card, before) {
  const { facts, sum, filter } = app;
  const fields = [".figure", ".change", ".note"].map((name) => card.querySelector(name));
  card.own ??= fields.map((field) => field.textContent);
  const count = countable[card.dataset.figure];
  card.classList.toggle("unknown", !isOwn(filter) && !count);
  let texts = [noFigure, "", "for the report’s range only"];
  if (isOwn(filter)) texts = card.own;
  else if (count) {
    const value = count(facts, sum);
    texts = [number(value), before ? change(value, count(facts, before)) : "", cardNote(card, value, before && count(facts, before))];
  }
  fields.forEach((field, i) => (field.textContent = texts[i]));
}

function cardNote(card, value, before) {
  const notes = [];
  if ("share" in card.dataset) notes.push(`${percent(value, app.sum.total)} of messages`);
  if (before !== null) notes.push(`${number(before)} before`);
  return notes.join("; ");
}

// earlier sums up the period of the same length before the chosen one, or gives null unless the page surely carries all of it.
function earlier() {
  const { facts, data, filter } = app;
  const days = filter.last - filter.first + 1;
  const first = filter.first - days;
  if (first < 0 || facts.first + first < facts.earliest || (isOwn(filter) && !facts.complete)) return null;
  return summarise(facts, data, first, filter.first - 1, filter.domain);
}

async function showView() {
  for (const view of ["volume", "tls", "accounts"]) {
    const chosen = view === app.view;
    const tab = byId(`tab-${view}`);
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
    byId(`view-${view}`).hidden = !chosen;
    byId(`table-${view}`).hidden = !chosen;
  }
  const known = app.view !== "accounts" || isOwn(app.filter);
  byId("accounts-other").hidden = known;
  byId("details-box").hidden = !known;
  byId("search-label").textContent = byId("search").placeholder = app.view === "accounts" ? "Search account" : "Search sender address";
  showCharts();
  if (app.view === "accounts") await prepareAccounts();
  if (known) showTable();
}

// prepareAccounts unpacks the accounts when they are first asked for.
async function prepareAccounts() {
  if (app.tables.accounts) return;
  app.accounts = await readAccounts(app.facts);
  app.tables.accounts = new BigTable(byId("table-accounts"), accountColumns(app), null);
  app.tables.accounts.onsort = sortBy;
}

function showCharts() {
  const { facts, data, sum, mode } = app;
  const range = dates(facts.first + sum.first, facts.first + sum.last);
  for (const figure of document.querySelectorAll(`#view-${app.view} [data-chart]`)) {
    const chart = app.charts.get(figure.dataset.chart);
    const option = chart.fresh();
    const fill = fillers[chart.id];
    if (fill) fill(option, facts, sum, mode, data);
    const title = figure.querySelector("figcaption").textContent;
    figure.querySelector(".fixed").hidden = Boolean(fill) || isOwn(app.filter);
    chart.show(option, `${title}, ${fill ? range : dates(facts.range.first, facts.range.last)}: ${counted(sum.total, "message", "messages")}`);
  }
  byId("tls-shares").replaceChildren(shareTable(facts, sum.tls));
}

// rowsOf gives what the table of a view lists: the rows, their names in lower case, the order of equal ones, and what they are called.
function rowsOf(view) {
  const { data, sum, accounts } = app;
  if (view !== "accounts") return { rows: sum.senders, lower: lowerNames(data), place: ranks(data), one: "sender", many: "senders" };
  return { rows: accounts.lower.map((_, row) => row), lower: accounts.lower, place: accounts.table[0].place, one: "account", many: "accounts" };
}

// showTable sorts and searches the rows of the view in sight. The order is kept while only the search changes.
function showTable() {
  const { view } = app;
  const table = app.tables[view], sort = app.sort[view], list = rowsOf(view);
  const wanted = `${view} ${sort.key} ${sort.descending} ${app.mode}`;
  if (app.order?.wanted !== wanted) {
    const { value } = table.columns.find((column) => column.key === sort.key);
    app.order = { wanted, rows: sorted(list.rows, value, list.place, sort.descending) };
  }
  const rows = searched(app.order.rows, list.lower, app.search);
  table.fill(rows, sort, app.search.trim() ? `Nothing found: no ${list.one === "sender" ? "sender address" : "account"} contains this text.` : "No messages in these days.");
  const all = counted(list.rows.length, list.one, list.many);
  byId("found").textContent = rows.length === list.rows.length ? all : `${number(rows.length)} of ${all}`;
}

function sortBy(key) {
  const sort = app.sort[app.view];
  const column = app.tables[app.view].columns.find((c) => c.key === key);
  app.sort[app.view] = { key, descending: sort.key === key ? !sort.descending : Boolean(column.number) };
  showTable();
}

// choose takes a new filter: days are kept within those carried, and the end that was not touched gives way.
function choose(change) {
  const { facts, filter } = app;
  const within = (day) => Math.min(Math.max(day, 0), facts.days - 1);
  const next = { ...filter, ...change };
  next.first = within(next.first);
  next.last = within(next.last);
  if (next.first > next.last) "first" in change ? (next.last = next.first) : (next.first = next.last);
  app.filter = next;
  recount();
}

function ownFilter() {
  const { facts } = app;
  return { first: facts.range.first - facts.first, last: facts.range.last - facts.first, domain: -1 };
}

function quickFilter(button) {
  const { facts } = app;
  const days = Number(button.dataset.days);
  return days ? { first: Math.max(0, facts.days - days), last: facts.days - 1 } : ownFilter();
}

function isQuick(button) {
  const quick = quickFilter(button);
  return Object.keys(quick).every((key) => quick[key] === app.filter[key]);
}

function wireFilters() {
  const { facts } = app;
  for (const [id, key] of [["start", "first"], ["end", "last"]]) {
    const input = byId(id);
    input.min = isoDay(facts.first);
    input.max = isoDay(facts.last);
    input.addEventListener("change", () => {
      const day = dayOf(input.value);
      if (day === null) return recount();
      choose({ [key]: day - facts.first });
    });
  }
  const domain = byId("domain");
  const names = facts.domains.map((d, i) => [d.name, i]).sort((a, b) => (a[0] < b[0] ? -1 : 1));
  domain.append(...names.map(([name, i]) => make("option", { value: String(i) }, name)));
  domain.addEventListener("change", () => choose({ domain: Number(domain.value) }));
  for (const button of document.querySelectorAll("[data-days]")) button.addEventListener("click", () => choose(quickFilter(button)));
  byId("search").addEventListener("input", (event) => {
    app.search = event.target.value;
    showTable();
  });
}

function wireTabs() {
  const tabs = Array.from(document.querySelectorAll("[role=tab]"));
  const select = (tab) => {
    app.view = tab.id.slice("tab-".length);
    showView();
    tab.focus();
  };
  tabs.forEach((tab, i) => {
    tab.addEventListener("click", () => select(tab));
    tab.addEventListener("keydown", (event) => {
      const to = { ArrowRight: i + 1, ArrowLeft: i - 1 + tabs.length, Home: 0, End: tabs.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      select(tabs[to % tabs.length]);
    });
  });
  for (const button of document.querySelectorAll("[data-mode]")) {
    button.addEventListener("click", () => {
      app.mode = button.dataset.mode;
      for (const other of document.querySelectorAll("[data-mode]")) other.setAttribute("aria-pressed", String(other === button));
      showView();
    });
  }
}

function wirePanels() {
  const widget = byId("widget");
  widget.disabled = false;
  widget.addEventListener("click", () => openWeek(app.facts, app.charts.get("week-days")));
  preparePanel(byId("week"));
  preparePanel(byId("sender"));
}

function wireLooks() {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    for (const chart of app.charts.values()) chart.draw();
  });
  window.addEventListener("beforeprint", () => app.tables[app.view].paint(true));
  window.addEventListener("afterprint", () => app.tables[app.view].paint());
}

async function start() {
  const facts = JSON.parse(byId("facts").textContent);
  app.facts = facts;
  app.data = await readSenders(facts);
  for (const figure of document.querySelectorAll("[data-chart]")) app.charts.set(figure.dataset.chart, new Chart(figure, facts));
  const open = (s) => openSender(app, s);
  app.tables = { volume: new BigTable(byId("table-volume"), volumeColumns(app), open), tls: new BigTable(byId("table-tls"), tlsColumns(app), open) };
  for (const table of Object.values(app.tables)) table.onsort = sortBy;
  app.filter = ownFilter();
  wireFilters();
  wireTabs();
  wirePanels();
  wireLooks();
  byId("static").remove();
  byId("app").hidden = false;
  recount();
  document.documentElement.dataset.ready = String(Math.round(performance.now()));
}

start().catch((error) => {
  byId("trouble").hidden = false;
  byId("trouble").textContent = `The interactive part needs a newer browser (2023 or later); the tables below hold the report's own range. ${error}`;
});
