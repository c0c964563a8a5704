// The columns of the details tables: what each shows of a row, and by what it sorts.

// volumeColumns and tlsColumns are the columns of the two details tables. A row is the number of a sender.
function volumeColumns({ facts, data }) {
  return [
    addressColumn(data),
    domainColumn(facts, data),
    messagesColumn(),
    { key: "before", title: word("column.before"), number: true, spare: true, compares: true, width: titleWidth(word("column.before"), 120), text: (s) => (app.before ? number(app.before.messages[s]) : noFigure), value: (s) => (app.before ? app.before.messages[s] : 0) },
    {
      key: "change", title: word("column.change"), number: true, compares: true, width: titleWidth(word("column.change"), 110),
      text: (s) => (app.before ? senderChange(app.sum, s) : noFigure),
      value: (s) => (app.before ? (app.sum.messages[s] - app.before.messages[s]) / app.before.messages[s] : 0),
    },
  ];
}

// senderChange gives a sender's change in words; new and gone stand out.
function senderChange(sum, s) {
  const trend = trends[trendOf(sum, s)];
  return trend === "new" || trend === "gone" ? make("b", {}, word(`trend.${trend}`)) : change(sum.messages[s], sum.before.messages[s]);
}

// titleWidth gives a column the width of its title, which is longer in some languages, but no less than so many pixels.
function titleWidth(title, least) {
  return Math.max(least, 34 + 8 * title.length);
}

function messagesColumn() {
  return { key: "messages", title: word("column.messages"), number: true, width: titleWidth(word("column.messages"), 110), text: (s) => number(app.sum.messages[s]), value: (s) => app.sum.messages[s] };
}

function tlsColumns({ facts, data }) {
  const versions = facts.tls.length;
  const shown = facts.tls.map((version, v) => ({ ...version, v })).filter((version) => version.always || version.used);
  return [
    addressColumn(data),
    ...shown.map(({ id, name, v }) => ({
      key: id, title: name, number: true, width: 150, narrow: 88,
      text: (s) => shareCell(app.sum.split[s * versions + v], app.sum.messages[s]),
      value: (s) => app.sum.split[s * versions + v] / (app.mode === "percent" ? app.sum.messages[s] : 1),
    })),
    messagesColumn(),
  ];
}

function addressColumn(data) {
  return {
    key: "address", title: word("column.sender_address"), width: 250, value: (s) => ranks(data)[s],
    text: (s) => [...breakable(data.names[s]), data.own[s] ? make("span", { class: "own" }, "authreport") : ""],
  };
}

function domainColumn(facts, data) {
  const order = Array.from(facts.domains.keys()).sort((a, b) => (facts.domains[a].name < facts.domains[b].name ? -1 : 1));
  const place = [];
  order.forEach((domain, i) => (place[domain] = i));
  return { key: "domain", title: word("column.domain"), width: 200, optional: true, text: (s) => facts.domains[data.domain[s]].name, value: (s) => place[data.domain[s]] };
}

function shareCell(part, whole) {
  if (part === 0) return make("span", { class: "zero" }, percent(0, 1), make("small", {}, number(0)));
  return make("span", {}, percent(part, whole), make("small", {}, number(part)));
}
