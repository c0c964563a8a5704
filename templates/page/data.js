// The counts that the page carries, and their sums over a range and a domain. render/pagedata.go writes them.

function fromBase64(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

// inflate gives the bytes of a data block of the page and takes the block away: nothing needs it twice.
async function inflate(id) {
  const block = byId(id);
  const packed = new Blob([fromBase64(block.textContent)]);
  block.remove();
  return new Uint8Array(await new Response(packed.stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer());
}

// Columns reads columns of unsigned varints (LEB128) and texts one after the other.
class Columns {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  varint() {
    let value = 0, scale = 1, byte;
    do {
      byte = this.bytes[this.at++];
      value += (byte & 127) * scale;
      scale *= 128;
    } while (byte > 127);
    return value;
  }

  column(into) {
    for (let i = 0; i < into.length; i++) into[i] = this.varint();
    return into;
  }

  // texts gives count texts: the bytes of all of them as one UTF-8 text, after their lengths in UTF-16 units.
  texts(count) {
    const lengths = this.column(new Uint32Array(count));
    const size = this.varint();
    const all = new TextDecoder().decode(this.bytes.subarray(this.at, this.at + size));
    this.at += size;
    const texts = new Array(count);
    for (let i = 0, at = 0; i < count; at += lengths[i++]) texts[i] = all.slice(at, at + lengths[i]);
    return texts;
  }
}

// readSenders gives the senders as columns. The cells of sender s are start[s] to start[s+1]: day (0 is the first day carried), place of the TLS version
// in facts.tls, messages; ascending by day. From carried on they are no single senders, but many of a domain that are counted together.
async function readSenders(facts) {
  const columns = new Columns(await inflate("senders-data"));
  const count = facts.senders;
  const names = columns.texts(count);
  const domain = columns.column(new Uint32Array(count));
  const own = columns.column(new Uint8Array(count));
  const start = new Uint32Array(count + 1);
  for (let s = 0; s < count; s++) start[s + 1] = start[s] + columns.varint();
  return { count, carried: count - facts.folded, names, domain, own, start, ...readCells(columns, start), lower: null, rank: null };
}

// readCells gives the cells of groups, of which the one with number g has start[g] to start[g+1].
function readCells(columns, start) {
  const groups = start.length - 1, cells = start[groups];
  const day = new Uint16Array(cells), tls = new Uint8Array(cells);
  for (let g = 0; g < groups; g++) {
    for (let c = start[g], at = 0; c < start[g + 1]; c++) {
      const key = columns.varint();
      at += key >> 3;
      day[c] = at;
      tls[c] = key & 7;
    }
  }
  return { day, tls, messages: columns.column(new Float64Array(cells)) };
}

// lowerNames gives the names of senders or accounts in lower case, for searching and sorting; made when first needed.
function lowerNames(data) {
  data.lower ??= data.names.map((name) => name.toLowerCase());
  return data.lower;
}

// ranks gives each name's place in their order.
function ranks(data) {
  if (data.rank) return data.rank;
  const lower = lowerNames(data);
  const order = Array.from(lower.keys()).sort((a, b) => (lower[a] < lower[b] ? -1 : lower[a] > lower[b] ? 1 : a - b));
  data.rank = new Uint32Array(lower.length);
  order.forEach((row, place) => (data.rank[row] = place));
  return data.rank;
}

// emptySum is the sums of the days first to last (both included, 0 is the first day carried) before anything is added.
function emptySum(facts, data, first, last) {
  return {
    first, last, days: last - first + 1,
    messages: new Float64Array(data.count), // by sender
    tls: new Float64Array(facts.tls.length),
    count: 0, // senders with messages
    total: 0,
  };
}

// summarise adds up the cells of the days, domain and clauses of a filter. From the day early on, if that is not null, it also adds up the days before, as
// far as figures are compared.
function summarise(facts, data, filter, early) {
  const { first, last } = filter, versions = facts.tls.length, groups = facts.groups.length;
  const sum = {
    ...emptySum(facts, data, first, last),
    domain: filter.domain, versions, groups,
    senders: new Uint32Array(data.count), // those with messages, in the order of the data
    gone: new Uint32Array(early === null ? 0 : data.count), // those with messages in the period before alone
    split: new Float64Array(data.count * versions), // by sender and TLS version
    dayTLS: new Float64Array((last - first + 1) * versions),
    dayGroup: new Float64Array((last - first + 1) * groups),
    sendersTLS: new Float64Array(versions), // senders that used the version
    domains: new Float64Array(facts.domains.length),
    trends: new Uint32Array(trends.length), // senders by change, whatever the clauses on it
    before: early === null ? null : emptySum(facts, data, early, first - 1),
  };
  const judges = judgesOf(facts, data, filter, sum);
  const groupOf = facts.domains.map((d) => d.group);
  let gone = 0;
  const counted = filter.clauses.length ? data.carried : data.count; // of senders that are counted together nobody knows which fit
  for (let s = 0; s < counted; s++) {
    if (!agree(judges.named, s) || !addSender(sum, data, s, groupOf[data.domain[s]], judges) || s >= data.carried) continue;
    if (sum.messages[s] > 0) sum.senders[sum.count++] = s;
    else sum.gone[gone++] = s;
  }
  sum.senders = sum.senders.subarray(0, sum.count);
  sum.gone = sum.gone.subarray(0, gone);
  for (const part of [sum, sum.before]) if (part) part.total = part.tls.reduce((total, n) => total + n, 0);
  return sum;
}

// addSender adds one sender's cells, from the last on, and says whether it counts. It runs through millions of cells, so what it uses is at hand in constants.
function addSender(sum, data, s, group, judges) {
  const { first, last, before, versions, groups, split, dayTLS, dayGroup, tls } = sum;
  const { day, tls: version, messages } = data;
  const start = data.start[s], base = s * versions, from = before ? before.first : first;
  let end = data.start[s + 1], total = 0, earlier = 0;
  while (end > start && day[end - 1] > last) end--;
  let middle = end;
  while (middle > start && day[middle - 1] >= first) {
    middle--;
    total += messages[middle];
    split[base + version[middle]] += messages[middle];
  }
  let begin = middle;
  while (begin > start && day[begin - 1] >= from) earlier += messages[--begin];
  if (total === 0 && earlier === 0) return false;
  sum.messages[s] = total;
  if (before) before.messages[s] = earlier;
  let counts = agree(judges.measured, s);
  if (counts && before) sum.trends[trendOf(sum, s)]++;
  counts &&= agree(judges.turned, s);
  if (!counts) {
    sum.messages[s] = 0;
    if (before) before.messages[s] = 0;
    split.fill(0, base, base + versions);
    return false;
  }
  if (earlier > 0) before.count++;
  for (let i = begin; i < middle; i++) before.tls[version[i]] += messages[i];
  for (let i = middle; i < end; i++) {
    const d = day[i] - first;
    dayTLS[d * versions + version[i]] += messages[i];
    dayGroup[d * groups + group] += messages[i];
  }
  sum.domains[data.domain[s]] += total;
  for (let v = 0; v < versions; v++) {
    tls[v] += split[base + v];
    if (split[base + v] > 0) sum.sendersTLS[v]++;
  }
  return true;
}

// daysOf gives one sender's messages by day and TLS version over all days carried.
function daysOf(facts, data, s) {
  const versions = facts.tls.length;
  const cells = new Float64Array(facts.days * versions);
  for (let c = data.start[s]; c < data.start[s + 1]; c++) cells[data.day[c] * versions + data.tls[c]] += data.messages[c];
  return cells;
}

// readClients gives, for each sender, its listed clients and how many there are. Only the flyout needs them, so they are unpacked when it first opens.
async function readClients(facts, data) {
  const columns = new Columns(await inflate("clients-data"));
  const texts = columns.texts(columns.varint());
  const listed = columns.column(new Uint32Array(data.count));
  const total = columns.column(new Uint32Array(data.count));
  const start = new Uint32Array(data.count + 1);
  for (let s = 0; s < data.count; s++) start[s + 1] = start[s] + listed[s];
  const read = () => columns.column(new Float64Array(start[data.count]));
  const fields = {
    server: read(), account: read(), ip: read(), tls: read(), cipher: read(), mechanism: read(), messages: read(), first: read(), last: read(), own: read(),
  };
  return { texts, total, start, fields, more: readTable(columns, facts.more) };
}

// readTable gives columns of texts, ascending, with each row's place among them: one more than it is, 0 for none.
function readTable(columns, { titles, rows }) {
  return titles.map((title) => ({ title, texts: columns.texts(columns.varint()), place: columns.column(new Uint32Array(rows)) }));
}

function textOf(column, row) {
  return column.place[row] === 0 ? noFigure : column.texts[column.place[row] - 1];
}

// clientsOf gives the listed clients of a sender as objects. Account 0 stands for the sender's own address; the first day is counted from facts.epoch,
// the last from the first.
function clientsOf(facts, data, clients, s) {
  const rows = [];
  const f = clients.fields;
  for (let c = clients.start[s]; c < clients.start[s + 1]; c++) {
    rows.push({
      server: clients.texts[f.server[c]],
      account: f.account[c] === 0 ? data.names[s] : clients.texts[f.account[c] - 1],
      ip: clients.texts[f.ip[c]],
      tls: facts.tls[f.tls[c]].name,
      cipher: clients.texts[f.cipher[c]],
      mechanism: clients.texts[f.mechanism[c]],
      messages: f.messages[c],
      first: facts.epoch + f.first[c],
      last: facts.epoch + f.first[c] + f.last[c],
      own: f.own[c] === 1,
    });
  }
  return rows;
}
