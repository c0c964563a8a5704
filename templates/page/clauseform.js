// The form that adds clauses, the clauses themselves, the named filters, and the buttons that keep the table to new senders, gone ones and so on.

function wireClauses() {
  const { facts } = app;
  byId("clause-field").append(...facts.clauses.map(({ field }) => make("option", { value: field }, fieldName(field) + (isShare(field) ? " (%)" : ""))));
  byId("clause-change").append(...trends.map((change) => make("option", { value: change }, word(`trend.${change}`))));
  byId("clause-field").addEventListener("change", showClauseForm);
  showClauseForm();
  byId("clause-open").addEventListener("click", () => openClauseForm(byId("clause-form").hidden));
  byId("clause-close").addEventListener("click", () => openClauseForm(false));
  byId("clause-form").addEventListener("keydown", (event) => event.key === "Escape" && openClauseForm(false));
  byId("clause-form").addEventListener("submit", addClause);
  byId("clauses-clear").addEventListener("click", () => {
    choose({ clauses: [] });
    byId("clause-open").focus();
  });
  const named = byId("named");
  byId("named-box").hidden = facts.filters.length === 0;
  named.append(make("option", { value: "" }, word("none")), ...facts.filters.map((filter, i) => make("option", { value: String(i) }, filter.name)), make("option", { value: "own", hidden: true }, word("own_clauses")));
  named.addEventListener("change", () => choose({ clauses: named.value === "" ? [] : facts.filters[Number(named.value)].clauses }));
}

function openClauseForm(open) {
  byId("clause-form").hidden = !open;
  byId("clause-open").setAttribute("aria-expanded", String(open));
  byId(open ? "clause-field" : "clause-open").focus();
}

// showClauseForm offers the operators and the kind of value that suit the field chosen.
function showClauseForm() {
  const field = byId("clause-field").value, text = byId("clause-text");
  const { operators } = app.facts.clauses.find((clause) => clause.field === field);
  byId("clause-operator").replaceChildren(...operators.map((operator) => make("option", { value: operator, selected: operator === "is" }, operatorName(operator))));
  const isChange = field === "change", isFigure = field === "messages" || isShare(field);
  byId("clause-change-box").hidden = !isChange;
  byId("clause-text-box").hidden = isChange;
  text.required = !isChange;
  text.type = isFigure ? "number" : "text";
  text.min = "0";
  text.max = isShare(field) ? "100" : "";
  text.step = isShare(field) ? "any" : "1";
}

function addClause(event) {
  event.preventDefault();
  const field = byId("clause-field").value, text = byId("clause-text");
  const value = field === "change" ? byId("clause-change").value : text.value.trim();
  if (value === "") return text.focus();
  const clause = { field, operator: byId("clause-operator").value, value };
  text.value = "";
  if (!app.filter.clauses.some((other) => sameClause(other, clause))) choose({ clauses: [...app.filter.clauses, clause] });
  byId("clause-field").focus();
}

// showClauses lists the clauses, each with a button that takes it away, and says which named filter they are.
function showClauses() {
  const { facts, filter: { clauses } } = app;
  const list = byId("clauses");
  list.hidden = byId("clauses-clear").hidden = clauses.length === 0;
  list.replaceChildren(...clauses.map((clause, i) => {
    const button = make("button", { type: "button", "aria-label": word("remove", { clause: clauseText(clause) }) }, "×");
    button.addEventListener("click", () => {
      choose({ clauses: app.filter.clauses.filter((_, other) => other !== i) });
      (list.querySelectorAll("button")[Math.max(0, i - 1)] || byId("clause-open")).focus();
    });
    return make("li", {}, make("bdi", {}, clauseText(clause)), button);
  }));
  const same = facts.filters.findIndex((named) => named.clauses.length === clauses.length && named.clauses.every((clause, i) => sameClause(clause, clauses[i])));
  byId("named").value = clauses.length === 0 ? "" : same < 0 ? "own" : String(same);
}

function wireTrends() {
  byId("trends").append(...trends.map((value) => {
    const clause = { field: "change", operator: "is", value };
    const button = make("button", { type: "button" });
    button.addEventListener("click", () => {
      const others = app.filter.clauses.filter((other) => other.field !== "change");
      choose({ clauses: button.getAttribute("aria-pressed") === "true" ? others : [...others, clause] });
    });
    return button;
  }));
}

// showTrends writes how many senders are new, gone and so on, and which of them are shown alone.
function showTrends() {
  const { sum, filter } = app;
  trends.forEach((value, i) => {
    const button = byId("trends").children[i];
    button.textContent = word("trend", { n: number(sum.trends[i]), trend: word(`trend.${value}`) });
    button.setAttribute("aria-pressed", String(filter.clauses.some((clause) => sameClause(clause, { field: "change", operator: "is", value }))));
  });
}
