// The panels that open over the page: the last week, and one sender.

// openPanel opens a dialog; Escape, its button and a click beside it close it. The browser gives the focus back to where it was.
function openPanel(dialog) {
  dialog.showModal();
  dialog.scrollTop = 0;
}

function preparePanel(dialog) {
  dialog.querySelector(".close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
}

function openWeek(facts, chart) {
  const dialog = byId("week");
  byId("week-shares").replaceChildren(shareTable(facts, facts.week.tls));
  openPanel(dialog);
  const total = facts.week.tls.reduce((sum, n) => sum + n, 0);
  chart.show(chart.fresh(), word("day_of_week", { dates: dates(facts.week.first, facts.week.last), messages: counted(total, "message") }));
}

// openSender shows one sender: figures of the range chosen, days over all that the page carries, and its busiest clients.
async function openSender(app, s) {
  const { facts, data, sum, before } = app;
  const name = data.names[s];
  byId("sender-name").replaceChildren(make("bdi", {}, name));
  byId("sender-own").hidden = data.own[s] === 0;
  byId("sender-domain").textContent = facts.domains[data.domain[s]].name;
  byId("sender-messages").textContent = number(sum.messages[s]);
  byId("sender-change").replaceChildren(before ? senderChange(sum, s) : "");
  byId("sender-part").textContent = word("of_shown", { share: percent(sum.messages[s], sum.total) });
  byId("sender-range").textContent = dates(facts.first + sum.first, facts.first + sum.last);
  const versions = facts.tls.length;
  byId("sender-shares").replaceChildren(shareTable(facts, sum.split.slice(s * versions, (s + 1) * versions)));
  byId("sender-clients").replaceChildren();
  byId("sender-more").replaceChildren();
  byId("sender-flags").replaceChildren();
  byId("sender-flags-head").hidden = true;
  openPanel(byId("sender"));
  showSenderDays(app, s);
  app.unpackedClients ??= readClients(facts, data);
  app.clients = await app.unpackedClients;
  showClients(app, s);
  showMore(app, s);
  showFlags(app, s);
}

// showFlags lists what is unusual about the accounts behind a sender, in the report's own range.
function showFlags({ facts, data, clients }, s) {
  const accounts = new Set(clientsOf(facts, data, clients, s).map((client) => client.account));
  const flags = facts.unusual.filter((flag) => accounts.has(flag.account));
  byId("sender-flags-head").hidden = flags.length === 0;
  byId("sender-flags").replaceChildren(...flags.map((flag) => make("li", {}, make(flag.alarm ? "strong" : "span", {}, `${flag.grade}: ${flag.title}`), `, `, make("bdi", {}, flag.account), `, ${flag.days}. ${flag.reason}`)));
}

// showMore tells what else the report has of a sender, over its own range.
function showMore({ clients, facts }, s) {
  const known = clients.more.filter((column) => column.place[s] > 0);
  byId("sender-more").replaceChildren(...known.map((column) => make("div", {}, make("dt", {}, column.title), make("dd", {}, textOf(column, s)))));
  byId("sender-more-range").hidden = known.length === 0;
}

function showSenderDays(app, s) {
  const { facts, data, sum } = app;
  const chart = app.charts.get("sender-days");
  const option = chart.fresh();
  const cells = daysOf(facts, data, s);
  fillDays(option, facts.first, facts.days);
  fillVersions(option, facts, cells, facts.days, "count");
  for (const series of option.series) {
    series.data.forEach((item, d) => {
      if (d < sum.first || d > sum.last) item.itemStyle = { opacity: 0.35 };
    });
  }
  const total = cells.reduce((all, n) => all + n, 0);
  chart.show(option, word("day_of_sender", { dates: dates(facts.first, facts.last), messages: counted(total, "message") }));
}

function showClients(app, s) {
  const { facts, data, clients } = app;
  const rows = clientsOf(facts, data, clients, s);
  const two = (first, second) => make("div", {}, make("div", {}, ...[first].flat()), make("div", { class: "note" }, second));
  const items = rows.map((row) => make("li", {},
    two([make("bdi", {}, row.account), row.own ? make("span", { class: "own" }, "authreport") : ""], facts.servers > 1 ? word("at_server", { address: row.ip, server: row.server }) : row.ip),
    two(`${row.tls}, ${row.mechanism}`, row.cipher),
    two(counted(row.messages, "message"), word("seen", { dates: dates(row.first, row.last) }))));
  const more = clients.total[s] - rows.length;
  byId("sender-clients").replaceChildren(make("ul", { class: "clients" }, ...items),
    make("p", { class: "note" }, more > 0 ? word("more_clients", { clients: counted(more, "client") }) : word("all_clients", { clients: counted(rows.length, "client") })));
}
