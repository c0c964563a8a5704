// Words, numbers, shares, days and elements. The forms of text are those of render/format.go.

const noFigure = "–";
const language = { words: {}, plurals: null, whole: null, tenths: null };

// speak takes the page's language: words and the forms of days are those of templates/languages, numbers and plural categories the browser's own for it.
function speak(facts) {
  const tenths = { minimumFractionDigits: 1, maximumFractionDigits: 1 };
  language.words = facts.words;
  language.plurals = new Intl.PluralRules(facts.language);
  language.whole = new Intl.NumberFormat(facts.language, { maximumFractionDigits: 0 });
  language.tenths = new Intl.NumberFormat(facts.language, tenths);
  language.months = word("form.months").split(" ");
  language.monthsCut = word("form.months_cut").split(" ");
  language.weekdays = word("form.weekdays").split(" ");
  language.weekdaysCut = word("form.weekdays_cut").split(" ");
}

// word gives a text with its placeholders filled, in the form for the number n if it goes by one. What is filled in is never taken for a placeholder.
function word(key, values, n) {
  const text = language.words[key];
  const form = typeof text === "object" ? text[language.plurals.select(n)] || text.other : text;
  return form.replace(/\{([a-z_]+)\}/g, (whole, name) => (values && name in values ? values[name] : whole));
}

function number(n) {
  return (n < 0 ? "−" : "") + language.whole.format(Math.abs(n));
}

function counted(n, noun) {
  return word(`count.${noun}`, { n: number(n) }, n);
}

// percent says "0 %" and "100 %" of exactly none and all of it only.
function percent(part, whole) {
  if (whole === 0) return noFigure;
  return word("form.percent", { n: shareNumber(part, whole) });
}

function shareNumber(part, whole) {
  if (part === 0 || part === whole) return number(part === 0 ? 0 : 100);
  const tenths = Math.round((part / whole) * 1000);
  if (tenths < 1) return `<${language.tenths.format(0.1)}`;
  if (tenths > 999) return `>${language.tenths.format(99.9)}`;
  return language.tenths.format(tenths / 10);
}

function change(value, before) {
  if (before === 0) return value === 0 ? noFigure : word("trend.new");
  const part = (value - before) / before;
  if (part === 0) return word("trend.unchanged");
  const size = Math.abs(part) * 100, nothing = size.toFixed(1) === "0.0";
  const text = size >= 1000 ? number(Math.round(size)) : language.tenths.format(Number(size.toFixed(1)));
  return word("form.percent", { n: `${nothing ? "±" : part < 0 ? "−" : "+"}${text}` });
}

// A day is a number, days since 1970-01-01, as in the Go program: no zone can shift it.
function dayAs(form, day) {
  const d = new Date(day * 86400000), month = d.getUTCMonth(), weekday = d.getUTCDay();
  return word(`form.${form}`, {
    day: d.getUTCDate(), year: d.getUTCFullYear(), month: language.months[month], month_cut: language.monthsCut[month],
    weekday: language.weekdays[weekday], weekday_cut: language.weekdaysCut[weekday],
  });
}

function shortDate(day) {
  return dayAs("on_axis", day);
}

function date(day) {
  return dayAs("date", day);
}

function weekdate(day) {
  return dayAs("weekdate", day);
}

function dates(first, last) {
  if (first === last) return date(last);
  const a = isoDay(first), b = isoDay(last);
  const form = a.slice(0, 4) !== b.slice(0, 4) ? "date" : a.slice(0, 7) !== b.slice(0, 7) ? "day_of_year" : "day_of_month";
  return word("form.range", { first: dayAs(form, first), last: date(last) });
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
