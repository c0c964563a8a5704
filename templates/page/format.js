// Numbers, shares, days and elements. The forms of text are those of render/format.go.

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const digits = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const noFigure = "–";

function number(n) {
  return digits.format(n).replace("-", "−");
}

function counted(n, one, many) {
  return `${number(n)} ${n === 1 ? one : many}`;
}

// percent says "0 %" and "100 %" of exactly none and all of it only.
function percent(part, whole) {
  if (whole === 0) return noFigure;
  if (part === 0) return "0 %";
  if (part === whole) return "100 %";
  const tenths = Math.round((part / whole) * 1000);
  if (tenths < 1) return "<0.1 %";
  if (tenths > 999) return ">99.9 %";
  return `${(tenths / 10).toFixed(1)} %`;
}

function change(value, before) {
  if (before === 0) return value === 0 ? noFigure : "new";
  const part = (value - before) / before;
  if (part === 0) return "unchanged";
  const size = Math.abs(part);
  const text = size >= 10 ? number(Math.round(size * 100)) : (size * 100).toFixed(1);
  return `${text === "0.0" ? "±" : part < 0 ? "−" : "+"}${text} %`;
}

// A day is a number, days since 1970-01-01, as in the Go program: no zone can shift it.
function parts(day) {
  const d = new Date(day * 86400000);
  return { day: d.getUTCDate(), month: months[d.getUTCMonth()], year: d.getUTCFullYear(), weekday: weekdays[d.getUTCDay()] };
}

function shortDate(day) {
  const p = parts(day);
  return `${p.day} ${p.month}`;
}

function date(day) {
  return `${shortDate(day)} ${parts(day).year}`;
}

function weekdate(day) {
  return `${parts(day).weekday} ${date(day)}`;
}

function dates(first, last) {
  const a = parts(first), b = parts(last);
  if (first === last) return date(last);
  if (a.year !== b.year) return `${date(first)} to ${date(last)}`;
  if (a.month !== b.month) return `${shortDate(first)} to ${date(last)}`;
  return `${a.day} to ${date(last)}`;
}

// isoDay and dayOf go between a day and the value of a date input; dayOf gives null for one that is empty or half typed.
function isoDay(day) {
  return new Date(day * 86400000).toISOString().slice(0, 10);
}

function dayOf(iso) {
  const t = Date.parse(`${iso}T00:00:00Z`);
  return Number.isNaN(t) ? null : t / 86400000;
}

function shorten(text, length) {
  const runes = Array.from(text);
  if (runes.length <= length) return text;
  const tail = Math.floor((length - 1) / 2);
  return `${runes.slice(0, length - 1 - tail).join("")}…${runes.slice(runes.length - tail).join("")}`;
}

function byId(id) {
  return document.getElementById(id);
}

// make builds an element. Text only ever goes in as a text node: names come from logs and are hostile.
function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((c) => c !== null && c !== undefined));
  return element;
}

// breakable gives a name as nodes that may be broken after its @; one without, after its dots.
function breakable(name) {
  return name.split(name.includes("@") ? /(?<=@)/ : /(?<=\.)/).flatMap((part, i) => (i === 0 ? [part] : [make("wbr"), part]));
}

function swatch(colour) {
  const element = make("span", { class: "swatch", "aria-hidden": "true" });
  element.style.background = colour;
  return element;
}
