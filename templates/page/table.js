// A table of any length that sorts and searches and is walked with the keyboard. Only the rows in sight are in the document.

const spare = 6; // rows kept above and below those in sight
const printed = 250; // rows that are printed at most

class BigTable {
  // columns: {key, title, text(row): string or nodes, value(row): what it sorts by, number: right-aligned and descending first,
  // width: in pixels, at least; the first is narrower on a phone, as are those with narrow, optional: left out there, spare: left out on a tablet, too,
  // compares: left out where the period before is not known, fixed: left out where other days, domains or senders are chosen than the report's own}.
  // The first column holds the button that opens a row, if open is given.
  constructor(root, columns, open) {
    this.columns = columns;
    this.open = open;
    this.rows = [];
    this.current = 0;
    this.paper = false;
    this.heads = columns.map((column) => this.head(column));
    this.body = make("tbody");
    this.table = make("table", { class: "big" }, make("thead", {}, make("tr", { "aria-rowindex": "1" }, ...this.heads)), this.body);
    this.scroll = make("div", { class: "scroll", ...(open ? { tabindex: "-1" } : { tabindex: "0", role: "region", "aria-label": word("rows") }) }, this.table);
    this.nothing = make("p", { class: "nothing", hidden: true });
    this.cut = make("p", { class: "note", hidden: true });
    root.replaceChildren(this.scroll, this.nothing, this.cut);
    this.scroll.addEventListener("scroll", () => this.paint(), { passive: true });
    this.scroll.addEventListener("keydown", (event) => this.key(event));
    this.body.addEventListener("click", (event) => this.click(event));
    this.body.addEventListener("focusin", (event) => (this.current = Number(event.target.closest("tr").dataset.row)));
    new ResizeObserver(() => this.paint()).observe(this.scroll);
  }

  head(column) {
    const button = make("button", { type: "button" }, column.title);
    button.addEventListener("click", () => this.onsort(column.key));
    return make("th", { scope: "col", class: this.classOf(column), "data-key": column.key, "data-title": column.title }, button);
  }

  classOf(column) {
    return ["number", "optional", "spare", "compares", "fixed"].filter((name) => column[name]).join(" ") || null;
  }

  // fill shows rows, which are in the order of the column sorted by.
  fill(rows, sort, nothing) {
    this.columns.forEach((column, i) => {
      const sorted = column.key === sort.key ? (sort.descending ? "descending" : "ascending") : null;
      sorted ? this.heads[i].setAttribute("aria-sort", sorted) : this.heads[i].removeAttribute("aria-sort");
    });
    this.rows = rows;
    this.current = 0;
    this.first = null; // nothing of these rows is painted yet
    this.table.setAttribute("aria-rowcount", String(rows.length + 1));
    this.nothing.textContent = nothing;
    this.nothing.hidden = rows.length > 0;
    this.scroll.scrollTop = 0;
    this.paint();
  }

  // fitColumns gives every column its width and the first one the rest, but on a phone no more than half of the sight.
  fitColumns() {
    const name = Math.min(this.columns[0].width, Math.max(150, this.scroll.clientWidth / 2));
    const narrow = matchMedia("(max-width: 560px)").matches;
    let others = 0;
    for (let i = 1; i < this.columns.length; i++) {
      const width = (narrow && this.columns[i].narrow) || this.columns[i].width;
      this.heads[i].style.width = `${width}px`;
      if (this.heads[i].offsetParent) others += width;
    }
    this.heads[0].style.width = this.scroll.clientWidth > name + others ? "auto" : `${name}px`;
    this.table.style.minWidth = `${name + others}px`;
  }

  rowHeight() {
    return parseFloat(getComputedStyle(this.table).getPropertyValue("--row"));
  }

  // fitTo takes the form for paper, which has the first rows, or that for the screen.
  fitTo(paper) {
    this.paper = paper;
    this.paint();
  }

  // paint puts the rows in sight into the document.
  paint() {
    const { paper } = this;
    const height = this.rowHeight();
    this.fitColumns();
    const inSight = Math.ceil(this.scroll.clientHeight / height) + 1;
    const first = paper ? 0 : Math.max(0, Math.min(Math.floor(this.scroll.scrollTop / height) - spare, this.rows.length - inSight - spare));
    const last = paper ? Math.min(this.rows.length, printed) : Math.min(this.rows.length, first + inSight + 2 * spare);
    if (first === this.first && last === this.last) return; // else a row would be replaced under a pressed mouse button
    this.first = first;
    this.last = last;
    this.cut.hidden = !paper || last === this.rows.length;
    this.cut.textContent = word("rows_cut", { shown: number(last), all: number(this.rows.length) });
    const focused = this.body.contains(document.activeElement);
    const stop = this.current >= first && this.current < last ? this.current : Math.min(first + spare, last - 1); // where Tab comes in
    const rows = [];
    for (let i = first; i < last; i++) rows.push(this.row(i, i === stop));
    this.body.replaceChildren(this.gap(first * height), ...rows, this.gap(paper ? 0 : (this.rows.length - last) * height));
    if (focused) (this.button(this.current) || this.scroll).focus({ preventScroll: true });
  }

  row(i, stop) {
    const cells = this.columns.map((column, c) => {
      if (c > 0) return make("td", { class: this.classOf(column) }, ...[column.text(this.rows[i])].flat());
      const name = make("bdi", {}, ...[column.text(this.rows[i])].flat());
      const button = this.open && make("button", { type: "button", class: "open", tabindex: stop ? "0" : "-1", "aria-haspopup": "dialog" }, name);
      return make("th", { scope: "row", title: name.textContent }, button || name); // the title is for a name that is cut off
    });
    return make("tr", { "aria-rowindex": String(i + 2), "data-row": String(i) }, ...cells);
  }

  gap(height) {
    const gap = make("tr", { class: "gap", "aria-hidden": "true" }, make("td", { colspan: String(this.heads.filter((th) => th.offsetParent).length || 1) })); // one more would make a column
    gap.style.height = `${height}px`;
    return gap;
  }

  button(i) {
    return this.body.querySelector(`tr[data-row="${i}"] .open`);
  }

  click(event) {
    const row = event.target.closest("tr[data-row]");
    if (!row || !this.open || window.getSelection().toString()) return;
    this.focus(Number(row.dataset.row)); // where the focus comes back to
    this.open(this.rows[this.current]);
  }

  key(event) {
    const page = Math.max(1, Math.floor(this.scroll.clientHeight / this.rowHeight()) - 2);
    const to = { ArrowDown: this.current + 1, ArrowUp: this.current - 1, PageDown: this.current + page, PageUp: this.current - page, Home: 0, End: this.rows.length - 1 }[event.key];
    if (to === undefined || !this.open || !this.rows.length || event.target.closest("thead")) return;
    event.preventDefault();
    this.focus(Math.min(Math.max(to, 0), this.rows.length - 1));
  }

  // focus brings a row into sight and gives its button the focus.
  focus(i) {
    this.current = i;
    const height = this.rowHeight(), top = i * height;
    const room = this.scroll.clientHeight - this.table.tHead.offsetHeight - height;
    if (top < this.scroll.scrollTop) this.scroll.scrollTop = top;
    if (top > this.scroll.scrollTop + room) this.scroll.scrollTop = top - room;
    this.paint();
    for (const button of this.body.querySelectorAll(".open")) button.tabIndex = button === this.button(i) ? 0 : -1;
    this.button(i)?.focus({ preventScroll: true });
  }
}

// sorted gives rows in the order of a figure; equal ones by their place, whichever way. It sorts by digits of 16 bits, the lowest first: 100,000 rows take
// some milliseconds, where comparing them two by two takes a hundred.
function sorted(rows, value, place, descending) {
  const count = rows.length, flip = descending ? 0xffffffff : 0;
  const low = new Uint32Array(count), high = new Uint32Array(count), places = new Uint32Array(count);
  const key = new Float64Array(1), halves = new Uint32Array(key.buffer);
  for (let i = 0; i < count; i++) { // the bits of a number (IEEE 754), turned so that their order is that of the numbers
    key[0] = value(rows[i]) + 0; // no minus zero
    const negative = halves[1] >>> 31;
    low[i] = halves[0] ^ (negative ? 0xffffffff : 0) ^ flip;
    high[i] = halves[1] ^ (negative ? 0xffffffff : 0x80000000) ^ flip;
    places[i] = place[rows[i]];
  }
  let order = Uint32Array.from(places.keys()), next = new Uint32Array(count);
  for (const [digits, shift] of [[places, 0], [places, 16], [low, 0], [low, 16], [high, 0], [high, 16]]) {
    const starts = new Uint32Array(65537);
    for (let i = 0; i < count; i++) starts[((digits[i] >>> shift) & 0xffff) + 1]++;
    if (count === 0 || starts[((digits[0] >>> shift) & 0xffff) + 1] === count) continue; // all the same
    for (let d = 1; d <= 65536; d++) starts[d] += starts[d - 1];
    for (let i = 0; i < count; i++) next[starts[(digits[order[i]] >>> shift) & 0xffff]++] = order[i];
    [order, next] = [next, order];
  }
  return order.map((i) => rows[i]);
}

// busiest gives the few rows with the largest figures, the largest first, equal ones in their order.
function busiest(rows, figures, few) {
  const top = [];
  for (const row of rows) {
    let at = top.length;
    while (at > 0 && figures[top[at - 1]] < figures[row]) at--;
    if (at === few) continue;
    top.splice(at, 0, row);
    top.length = Math.min(top.length, few);
  }
  return top;
}

// searched keeps the rows whose name contains text, whatever its case.
function searched(rows, lower, text) {
  const wanted = text.trim().toLowerCase();
  return wanted ? rows.filter((row) => lower[row].includes(wanted)) : rows;
}
