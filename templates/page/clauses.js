// Clauses: what a reader keeps the page to, joined by and. A clause is {field, operator, value}; which fields and operators there are comes from filter.go.

// How fields and operators are called: keys of words.
const clauseFields = {
  sender: "column.sender_address", domain: "column.domain", messages: "column.messages", change: "column.change",
  "none share": "share_without", "unknown share": "share_unknown", "legacy share": "share_legacy",
};
const clauseOperators = { ">": "greater", "<": "less", "is": "is", "is not": "is_not", "starts with": "starts_with", "ends with": "ends_with", "contains": "contains" };

function isShare(field) {
  return field.endsWith(" share");
}

function fieldName(field) {
  return field in clauseFields ? word(clauseFields[field]) : word("share_of", { version: field.slice(0, -" share".length) });
}

function operatorName(operator) {
  return word(clauseOperators[operator]);
}

function clauseText({ field, operator, value }) {
  const shown = field === "messages" ? number(Number(value)) : isShare(field) ? word("form.percent", { n: value }) : field === "change" ? word(`trend.${value}`) : value;
  return word("clause", { field: fieldName(field), operator: operatorName(operator), value: shown });
}

function sameClause(a, b) {
  return a.field === b.field && a.operator === b.operator && a.value === b.value;
}

const textTests = {
  "is": (text, value) => text === value,
  "starts with": (text, value) => text.startsWith(value),
  "ends with": (text, value) => text.endsWith(value),
  "contains": (text, value) => text.includes(value),
};
const figureTests = { "is": (figure, value) => figure === value, ">": (figure, value) => figure > value, "<": (figure, value) => figure < value };

// testOf gives the test of an operator against a value, which is in lower case or a number.
function testOf(tests, operator, value) {
  if (operator === "is not") return (it) => !tests.is(it, value);
  return (it) => tests[operator](it, value);
}

// judgesOf gives what decides whether a sender counts: named by who it is, measured by its figures once they are in sum, turned by its change against the
// period before. Each is a list of functions that must all agree.
function judgesOf(facts, data, filter, sum) {
  const judges = { named: [], measured: [], turned: [] };
  if (filter.domain >= 0) judges.named.push((s) => data.domain[s] === filter.domain);
  for (const { field, operator, value } of filter.clauses) {
    if (field === "sender") {
      const lower = lowerNames(data), test = testOf(textTests, operator, value.toLowerCase());
      judges.named.push((s) => test(lower[s]));
    } else if (field === "domain") {
      const test = testOf(textTests, operator, value.toLowerCase());
      const right = facts.domains.map((domain) => test(domain.name.toLowerCase()));
      judges.named.push((s) => right[data.domain[s]]);
    } else if (field === "messages") {
      const test = testOf(figureTests, operator, Number(value));
      judges.measured.push((s) => test(sum.messages[s]));
    } else if (field === "change") {
      const test = testOf(textTests, operator, value);
      judges.turned.push((s) => sum.before !== null && test(trends[trendOf(sum, s)]));
    } else {
      judges.measured.push(shareJudge(facts, sum, field.slice(0, -" share".length), operator, Number(value)));
    }
  }
  return judges;
}

// shareJudge compares the share of TLS versions in a sender's messages; without messages there is none, and no clause on it holds. Shares are equal if they
// are shown so, but only none and all of it are 0 and 100.
function shareJudge(facts, sum, name, operator, wanted) {
  const counted = facts.tls.map((version) => (name === "legacy" ? version.legacy : version.id === name));
  const rough = wanted > 0 && wanted < 100 && operator !== ">" && operator !== "<";
  const test = testOf(figureTests, operator, wanted);
  return (s) => {
    let part = 0;
    for (let v = 0; v < counted.length; v++) if (counted[v]) part += sum.split[s * counted.length + v];
    if (sum.messages[s] === 0) return false;
    const share = (part * 100) / sum.messages[s];
    return test(rough ? Math.round(share * 10) / 10 : share);
  };
}

function agree(judges, s) {
  for (const judge of judges) if (!judge(s)) return false;
  return true;
}

// trendOf says how a sender's messages changed against the period before: a place in trends.
const trends = ["new", "gone", "up", "down", "unchanged"];

function trendOf(sum, s) {
  const now = sum.messages[s], earlier = sum.before.messages[s];
  return earlier === 0 ? 0 : now === 0 ? 1 : now > earlier ? 2 : now < earlier ? 3 : 4;
}
