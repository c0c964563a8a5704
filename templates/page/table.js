// A table of any length that sorts and searches and is walked with the keyboard. Only the rows in sight are in the document.

const spare = 6; // rows kept above and below those in sight

class BigTable {
  // columns: {key, title, text(row): string or nodes, value(row): what it sorts by, number: right-aligned and descending first,
  // width: in pixels, at least; the first is narrower on a phone, optional: left out there,
  // compares: left out where the period before is not known}.
  // The first column holds the button that opens a row, if open is given.
  constructor(root, columns, open) {
    this.columns = columns;
    this.open = open;
    this.rows = [];
    this.current = 0;
    this.heads = columns.map((column) => this.head(column));
    this.body = make("tbody");
    this.table = make("table", { class: "big" }, make("thead", {}, make("tr", { "aria-rowindex": "1" }, ...this.heads)), this.body);
    this.heads.forEach((th, i) => (th.style.width = `${columns[i].width}px`));
    this.scroll = make("div", { class: "scroll", ...(open ? { tabindex: "-1" } : { tabindex: "0", role: "region", "aria-label": "Rows" }) }, this.table);
    this.nothing = make("p", { class: "nothing", hidden: true });
    root.replaceChildren(this.scroll, this.nothing);
    this.scroll.addEventListener("scroll", () => this.paint(), { passive: true });
    this.scroll.addEventListener("keydown", (event) => this.key(event));
    this.body.addEventListener("click", (event) => this.click(event));
    this.body.addEventListener("focusin", (event) => (this.current = Number(event.target.closest("tr").dataset.row)));
    new ResizeObserver(() => this.paint()).observe(this.scroll);
  }

  head(column) {
    const button = make("button", { type: "button" }, column.title);
    button.addEventListener("click", () => this.onsort(column.key));
    return make("th", { scope: "col", class: this.classOf(column), "data-key": column.key }, button);
  }

  classOf(column) {
    return ["number", "optional", "compares"].filter((name) => column[name]).join(" ") || null;
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
    const name = Math.min(this.columns[0].width, Math.max(170, this.scroll.clientWidth / 2));
    const others = this.columns.slice(1).reduce((sum, column, i) => sum + (this.heads[i + 1].offsetParent ? column.width : 0), 0);
    this.heads[0].style.width = this.scroll.clientWidth > name + others ? "auto" : `${name}px`;
    this.table.style.minWidth = `${name + others}px`;
  }

  rowHeight() {
    return parseFloat(getComputedStyle(this.table).getPropertyValue("--row"));
  }

  // paint puts the rows in sight into the document, or the first thousand if all is set.
  paint(all = false) {
    const height = this.rowHeight();
    this.fitColumns();
    const inSight = Math.ceil(this.scroll.clientHeight / height) + 1;
    const first = all ? 0 : Math.max(0, Math.min(Math.floor(this.scroll.scrollTop / height) - spare, this.rows.length - inSight - spare));
    const last = all ? Math.min(this.rows.length, 1000) : Math.min(this.rows.length, first + inSight + 2 * spare);
    if (first === this.first && last === this.last) return; // else a row would be replaced under a pressed mouse button
    this.first = first;
    this.last = last;
    const focused = this.body.contains(document.activeElement);
    const stop = this.current >= first && this.current < last ? this.current : Math.min(first + spare, last - 1); // where Tab comes in
    const rows = [];
    for (let i = first; i < last; i++) rows.push(this.row(i, i === stop));
    this.body.replaceChildren(this.gap(first * height), ...rows, this.gap(all ? 0 : (this.rows.length - last) * height));
    if (focused) (this.button(this.current) || this.scroll).focus({ preventScroll: true });
  }

  row(i, stop) {
    const cells = this.columns.map((column, c) => {
      if (c > 0) return make("td", { class: this.classOf(column) }, ...[column.text(this.rows[i])].flat());
      if (!this.open) return make("th", { scope: "row" }, make("bdi", {}, column.text(this.rows[i])));
      const button = make("button", { type: "button", class: "open", tabindex: stop ? "0" : "-1", "aria-haspopup": "dialog" }, make("bdi", {}, ...[column.text(this.rows[i])].flat()));
      return make("th", { scope: "row" }, button);
    });
    return make("tr", { "aria-rowindex": String(i + 2), "data-row": String(i) }, ...cells);
  }

  gap(height) {
    const gap = make("tr", { class: "gap", "aria-hidden": "true" }, make("td", { colspan: String(this.columns.length) }));
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

// sorted gives rows in the order of a figure; equal ones by their place, whichever way.
function sorted(rows, value, place, descending) {
  const order = Uint32Array.from(rows);
  const keys = new Float64Array(order.reduce((most, row) => Math.max(most, row + 1), 0));
  for (const row of order) keys[row] = value(row);
  return order.sort((a, b) => (descending ? keys[b] - keys[a] : keys[a] - keys[b]) || place[a] - place[b]);
}

// searched keeps the rows whose name contains text, whatever its case.
function searched(rows, lower, text) {
  const wanted = text.trim().toLowerCase();
  return wanted ? rows.filter((row) => lower[row].includes(wanted)) : rows;
}
