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
// in facts.tls, messages; ascending by day.
async function readSenders(facts) {
  const columns = new Columns(await inflate("senders-data"));
  const count = facts.senders;
  const names = columns.texts(count);
  const domain = columns.column(new Uint32Array(count));
  const own = columns.column(new Uint8Array(count));
  const start = new Uint32Array(count + 1);
  for (let s = 0; s < count; s++) start[s + 1] = start[s] + columns.varint();
  const cells = start[count];
  const day = new Uint16Array(cells), tls = new Uint8Array(cells);
  for (let s = 0; s < count; s++) {
    for (let c = start[s], at = 0; c < start[s + 1]; c++) {
      const key = columns.varint();
      at += key >> 3;
      day[c] = at;
      tls[c] = key & 7;
    }
  }
  return { count, names, domain, own, start, day, tls, messages: columns.column(new Float64Array(cells)), lower: null, rank: null };
}

// lowerNames gives the sender addresses in lower case, for searching and sorting; made when first needed.
function lowerNames(data) {
  data.lower ??= data.names.map((name) => name.toLowerCase());
  return data.lower;
}

// ranks gives each sender's place in the order of the addresses.
function ranks(data) {
  if (data.rank) return data.rank;
  const lower = lowerNames(data);
  const order = Array.from(lower.keys()).sort((a, b) => (lower[a] < lower[b] ? -1 : lower[a] > lower[b] ? 1 : a - b));
  data.rank = new Uint32Array(data.count);
  order.forEach((sender, place) => (data.rank[sender] = place));
  return data.rank;
}

// emptySum is the sums of the days first to last (both included, 0 is the first day carried) before anything is added.
function emptySum(facts, data, first, last) {
  return {
    first, last, days: last - first + 1,
    messages: new Float64Array(data.count), // by sender
    tls: new Float64Array(facts.tls.length),
    senders: [], // those with messages, in the order of the data
    total: 0,
  };
}

// summarise adds up the cells of the days first to last and of one domain, or all if domain is -1. From the day early on, if that is not null, it also
// adds up the days before first, as far as figures are compared.
function summarise(facts, data, first, last, domain, early) {
  const versions = facts.tls.length, groups = facts.groups.length;
  const sum = {
    ...emptySum(facts, data, first, last),
    domain, groups,
    split: new Float64Array(data.count * versions), // by sender and TLS version
    dayTLS: new Float64Array((last - first + 1) * versions),
    dayGroup: new Float64Array((last - first + 1) * groups),
    sendersTLS: new Float64Array(versions), // senders that used the version
    domains: new Float64Array(facts.domains.length),
    before: early === null ? null : emptySum(facts, data, early, first - 1),
  };
  const groupOf = facts.domains.map((d) => d.group);
  for (let s = 0; s < data.count; s++) {
    if (domain < 0 || data.domain[s] === domain) addSender(sum, data, s, versions, groupOf[data.domain[s]]);
  }
  for (const part of [sum, sum.before]) if (part) part.total = part.tls.reduce((total, n) => total + n, 0);
  return sum;
}

// addSender adds one sender's cells. It runs through millions of them, so what it uses is at hand in constants.
function addSender(sum, data, s, versions, group) {
  const { first, last, before, groups, split, dayTLS, dayGroup, tls } = sum;
  const { day, tls: version, messages } = data;
  const end = data.start[s + 1], base = s * versions, from = before ? before.first : first;
  let total = 0, earlier = 0;
  for (let c = data.start[s]; c < end; c++) {
    const d = day[c];
    if (d < from) continue;
    if (d > last) break;
    const n = messages[c], v = version[c];
    if (d < first) {
      earlier += n;
      before.tls[v] += n;
      continue;
    }
    total += n;
    tls[v] += n;
    split[base + v] += n;
    dayTLS[(d - first) * versions + v] += n;
    dayGroup[(d - first) * groups + group] += n;
  }
  if (earlier > 0) {
    before.messages[s] = earlier;
    before.senders.push(s);
  }
  if (total === 0) return;
  sum.messages[s] = total;
  sum.senders.push(s);
  sum.domains[data.domain[s]] += total;
  for (let v = 0; v < versions; v++) if (split[base + v] > 0) sum.sendersTLS[v]++;
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

async function readAccounts(facts) {
  const table = readTable(new Columns(await inflate("accounts-data")), facts.accounts);
  const lower = Array.from({ length: facts.accounts.rows }, (_, row) => textOf(table[0], row).toLowerCase());
  return { table, lower };
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
