// The page's state and how its parts follow it. The first figures are the Go program's own; they come back when the reader returns to the report's range.

const app = {
  facts: null, data: null, clients: null, accounts: null,
  unpackedClients: null, unpackedAccounts: null, // promises of them: a block is unpacked once
  sum: null, before: null, // of the filter, and of the period before if it can be told
  order: null, // the rows as sorted last, and by what
  charts: new Map(), tables: {},
  view: "volume", mode: "percent", search: "",
  sort: { volume: { key: "messages", descending: true }, tls: { key: "messages", descending: true }, accounts: { key: "messages", descending: true } },
  filter: { first: 0, last: 0, domain: -1, clauses: [] }, // days counted from the first that the page carries
};

function say(text) {
  byId("spoken").textContent = text;
}

// recount makes the sums of the filter and shows them everywhere.
function recount() {
  const { facts, data, filter } = app;
  app.sum = summarise(facts, data, filter, earlier(filter));
  app.before = app.sum.before;
  for (const view of ["volume", "accounts"]) byId(`table-${view}`).classList.toggle("lone", !app.before && (view === "volume" || !isOwn(filter)));
  byId("start").value = isoDay(facts.first + filter.first);
  byId("end").value = isoDay(facts.first + filter.last);
  byId("domain").value = String(filter.domain);
  for (const button of document.querySelectorAll(".quick [data-days]")) button.setAttribute("aria-pressed", String(isQuick(button)));
  app.order = null;
  showClauses();
  showTrends();
  showFigures();
  showView();
  showAccountsCard();
}

function isOwn({ first, last, domain, clauses }) {
  return domain < 0 && clauses.length === 0 && app.facts.first + first === app.facts.range.first && app.facts.first + last === app.facts.range.last;
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
  byId("accounts-own").hidden = !isOwn(app.filter);
  byId("accounts-other").hidden = isOwn(app.filter);
  byId("trends").hidden = app.view !== "volume" || !app.before || app.facts.folded > 0;
  byId("search-label").textContent = byId("search").placeholder = word(app.view === "accounts" ? "search_account" : "search_sender");
  showCharts();
  if (app.view === "accounts") await prepareAccounts();
  showTable();
}

// prepareAccounts unpacks the accounts when they are first asked for.
async function prepareAccounts() {
  app.unpackedAccounts ??= readAccounts(app.facts, app.data);
  app.accounts = await app.unpackedAccounts;
  if (app.tables.accounts) return;
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
    chart.show(option, word("chart", { title, dates: fill ? range : dates(facts.range.first, facts.range.last), messages: counted(sum.total, "message") }));
  }
  byId("tls-shares").replaceChildren(shareTable(facts, sum.tls));
}

// rowsOf gives what the table of a view lists: the rows, their names in lower case, the order of equal ones, and what they are called.
function rowsOf(view) {
  const { data, sum, accounts } = app;
  const senders = { count: sum.count, gone: 0, lower: lowerNames(data), place: ranks(data), noun: "sender" };
  if (view === "tls") return { ...senders, rows: sum.senders };
  if (view === "volume") return { ...senders, rows: withGone(sum), gone: sum.gone.length };
  const rows = isOwn(app.filter) ? accounts.inTable : app.facts.folded ? [] : accountsBehind().rows;
  return { count: rows.length, gone: 0, rows, lower: lowerNames(accounts), place: ranks(accounts), noun: "account" };
}

// withGone gives the senders of the days chosen and those of the period before alone.
function withGone(sum) {
  const rows = new Uint32Array(sum.senders.length + sum.gone.length);
  rows.set(sum.senders);
  rows.set(sum.gone, sum.senders.length);
  return rows;
}

// showTable sorts and searches the rows of the view in sight. The order is kept while only the search changes.
function showTable() {
  const { view } = app;
  const table = app.tables[view], list = rowsOf(view);
  if (!table) return; // the accounts are still being unpacked
  byId("table-accounts").classList.toggle("counted", !isOwn(app.filter));
  let sort = app.sort[view], column = table.columns.find((one) => one.key === sort.key);
  if (column.fixed && !isOwn(app.filter)) {
    column = table.columns.find((one) => one.number);
    sort = { key: column.key, descending: true };
  }
  const wanted = `${view} ${sort.key} ${sort.descending} ${app.mode}`;
  if (app.order?.wanted !== wanted) app.order = { wanted, rows: sorted(list.rows, column.value, list.place, sort.descending) };
  const rows = searched(app.order.rows, list.lower, app.search);
  table.fill(rows, sort, nothingText(view, list));
  let all = counted(list.count, list.noun);
  if (list.gone) all = word("and_gone", { all, n: number(list.gone) });
  if (app.facts.folded) all = word("busiest", { all });
  byId("found").textContent = rows.length === list.rows.length ? all : word("found", { n: number(rows.length), all });
}

// nothingText says why a table has no rows.
function nothingText(view, list) {
  if (view === "accounts" && app.facts.folded && !isOwn(app.filter)) return word("nothing_known");
  if (app.search.trim()) return word(`nothing_found_${list.noun}`);
  return app.filter.clauses.length ? word("nothing_fits") : word("nothing_days");
}

function sortBy(key) {
  const sort = app.sort[app.view];
  const column = app.tables[app.view].columns.find((c) => c.key === key);
  app.sort[app.view] = { key, descending: sort.key === key ? !sort.descending : Boolean(column.number) };
  showTable();
}

// showBurnDown draws the one chart that keeps to all days of the page, whatever the reader chooses.
function showBurnDown() {
  const { facts } = app;
  const chart = app.charts.get("burn-down");
  document.querySelector("[data-chart=burn-down]").hidden = false;
  chart.show(chart.fresh(), word("burn_down", { dates: dates(facts.first, facts.last) }));
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
  preparePanel(byId("request"));
}

function wireLooks() {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    for (const chart of app.charts.values()) chart.draw();
  });
  window.addEventListener("beforeprint", () => fitTo(true));
  window.addEventListener("afterprint", () => fitTo(false));
}

// fitTo gives charts and the table the width and colours of paper, or of the screen again. The table of a view that was not opened is not there yet.
function fitTo(paper) {
  document.documentElement.toggleAttribute("data-printing", paper);
  for (const chart of app.charts.values()) chart.refit();
  app.tables[app.view]?.fitTo(paper);
}

async function start() {
  const facts = JSON.parse(byId("facts").textContent);
  app.facts = facts;
  speak(facts);
  app.data = await readSenders(facts);
  for (const figure of document.querySelectorAll("[data-chart]")) app.charts.set(figure.dataset.chart, new Chart(figure, facts));
  const open = (s) => openSender(app, s);
  app.tables = { volume: new BigTable(byId("table-volume"), volumeColumns(app), open), tls: new BigTable(byId("table-tls"), tlsColumns(app), open) };
  for (const table of Object.values(app.tables)) table.onsort = sortBy;
  app.filter = ownFilter();
  forgetUncountable();
  wireFilters();
  wireTabs();
  wireTrends();
  wirePanels();
  wireRequest();
  wireLooks();
  byId("static").remove();
  byId("app").hidden = false;
  recount();
  showBurnDown();
  document.documentElement.dataset.ready = String(Math.round(performance.now()));
}

start().catch((error) => {
  document.documentElement.dataset.failed = "";
  byId("trouble").hidden = false;
  byId("trouble").textContent = `${word("old_browser")} ${error}`;
});
