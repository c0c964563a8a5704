// The reader's choice of days, domain and clauses.

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
  return { first: facts.range.first - facts.first, last: facts.range.last - facts.first, domain: -1, clauses: [] };
}

function quickFilter(button) {
  const { facts } = app;
  const days = Number(button.dataset.days);
  return days ? { first: Math.max(0, facts.days - days), last: facts.days - 1 } : ownFilter();
}

function isQuick(button) {
  const { first, last } = quickFilter(button);
  return button.dataset.days === "0" ? isOwn(app.filter) : first === app.filter.first && last === app.filter.last;
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
  wireClauses();
  for (const button of document.querySelectorAll("[data-days]")) button.addEventListener("click", () => choose(quickFilter(button)));
  byId("search").addEventListener("input", (event) => {
    app.search = event.target.value;
    showTable();
  });
}
