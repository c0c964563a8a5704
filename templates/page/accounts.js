// The accounts behind the senders: the table of the report's own range, and counts for every other choice. render/pageaccounts.go writes them.

// readAccounts gives the accounts. Sender s has those in account[start[s]] to account[start[s+1]]; if there are several, the cells of the one at place p are
// cellStart[p] to cellStart[p+1], as the cells of senders are; an only one has all of the sender's. row is an account's row in the table, -1 for none.
async function readAccounts(facts, data) {
  const columns = new Columns(await inflate("accounts-data"));
  const table = readTable(columns, facts.accounts);
  const inTable = columns.column(new Uint32Array(facts.accounts.rows));
  const same = columns.column(new Uint32Array(columns.varint()));
  const texts = columns.texts(same.reduce((n, s) => n + (s === 0), 0));
  let text = 0;
  const names = Array.from(same, (s) => (s === 0 ? texts[text++] : data.names[s - 1]));
  const start = new Uint32Array(data.count + 1);
  for (let s = 0; s < data.count; s++) start[s + 1] = start[s] + columns.varint();
  const account = columns.column(new Uint32Array(start[data.count]));
  const cellStart = new Uint32Array(account.length + 1);
  for (let s = 0; s < data.count; s++) {
    const several = start[s + 1] - start[s] > 1;
    for (let p = start[s]; p < start[s + 1]; p++) cellStart[p + 1] = cellStart[p] + (several ? columns.varint() : 0);
  }
  const row = new Int32Array(names.length).fill(-1);
  inTable.forEach((a, r) => (row[a] = r));
  return { names, table, inTable, row, start, account, cellStart, ...readCells(columns, cellStart), lower: null, rank: null };
}

// sumAccounts counts the accounts behind the senders of a sum.
function sumAccounts(facts, data, accounts, sum) {
  const count = accounts.names.length, { versions, before } = sum;
  const all = {
    messages: new Float64Array(count), legacy: new Float64Array(count), none: new Float64Array(count), senders: new Uint32Array(count),
    before: before && new Float64Array(count),
  };
  const kinds = facts.tls.map((version) => (version.legacy ? all.legacy : version.id === "none" ? all.none : null));
  const add = (a, version, messages) => {
    all.messages[a] += messages;
    if (kinds[version]) kinds[version][a] += messages;
  };
  const addShared = (p) => { // cells of one of several accounts
    const a = accounts.account[p];
    let used = false;
    for (let c = accounts.cellStart[p]; c < accounts.cellStart[p + 1]; c++) {
      const day = accounts.day[c];
      if (day > sum.last) break;
      if (day >= sum.first) {
        add(a, accounts.tls[c], accounts.messages[c]);
        used = true;
      } else if (before && day >= before.first) all.before[a] += accounts.messages[c];
    }
    if (used) all.senders[a]++;
  };
  for (const senders of [sum.senders, sum.gone]) {
    for (const s of senders) {
      const first = accounts.start[s];
      if (accounts.start[s + 1] - first > 1) {
        for (let p = first; p < accounts.start[s + 1]; p++) addShared(p);
        continue;
      }
      const a = accounts.account[first];
      for (let v = 0; v < versions; v++) add(a, v, sum.split[s * versions + v]);
      if (sum.messages[s] > 0) all.senders[a]++;
      if (before) all.before[a] += before.messages[s];
    }
  }
  all.rows = Uint32Array.from(all.messages.keys()).filter((a) => all.messages[a] > 0);
  return all;
}

// accountsBehind gives the counts of the accounts behind the senders in sight; null for the report's own choice, of which the table tells more. They must have
// been unpacked.
function accountsBehind() {
  if (isOwn(app.filter)) return null;
  app.sum.accounts ??= sumAccounts(app.facts, app.data, app.accounts, app.sum);
  return app.sum.accounts;
}

// accountColumns are the columns of the accounts table. A row is the number of an account.
function accountColumns({ facts, accounts }) {
  const counts = {
    "": { text: () => noFigure, value: () => 0 },
    name: { value: (a) => ranks(accounts)[a] },
    change: {
      text: (a, all) => (all.before[a] === 0 ? make("b", {}, change(all.messages[a], 0)) : change(all.messages[a], all.before[a])),
      value: (a, all) => (all.messages[a] - all.before[a]) / all.before[a],
    },
  };
  const nothing = counts[""];
  return accounts.table.map((column, i) => {
    const key = facts.accounts.counted[i], compares = key === "before" || key === "change";
    const known = counts[key] || { text: (a, all) => number(all[key][a]), value: (a, all) => all[key][a] };
    const count = (all) => (compares && !all.before ? nothing : known); // the page does not carry the period before
    return {
      key: facts.accounts.keys[i], title: column.title, number: facts.accounts.numbers[i], width: i === 0 ? 280 : titleWidth(column.title, 110),
      compares, fixed: key === "",
      text: (a) => (key === "name" ? breakable(accounts.names[a]) : accountsBehind() ? count(accountsBehind()).text(a, accountsBehind()) : textOf(column, accounts.row[a])),
      value: (a) => (accountsBehind() ? count(accountsBehind()).value(a, accountsBehind()) : column.place[accounts.row[a]]),
    };
  });
}
