// The charts: options built by render/charts.go, with the data of the days and the domain that the reader chose.

// fillers replaces the data of a chart's option, by the chart's id. A chart without one always shows the report's own range.
const fillers = {
  "volume-days": fillVolumeDays,
  "volume-domains": fillDomains,
  "volume-senders": fillSenders,
  "tls-days": fillTLSDays,
  "tls-share": fillShare,
  "tls-senders": fillSendersTLS,
};

function fillDays(option, first, days) {
  option.xAxis[0].data = Array.from({ length: days }, (_, d) => isoDay(first + d));
}

function fillVolumeDays(option, facts, sum) {
  fillDays(option, facts.first + sum.first, sum.days);
  option.series.forEach((series, g) => {
    series.data = Array.from({ length: sum.days }, (_, d) => ({ value: sum.dayGroup[d * sum.groups + g] }));
  });
  if (sum.domain < 0) return;
  const group = facts.domains[sum.domain].group;
  option.series = [option.series[group]];
  option.series[0].name = facts.domains[sum.domain].name;
}

function fillTLSDays(option, facts, sum, mode) {
  fillDays(option, facts.first + sum.first, sum.days);
  fillVersions(option, facts, sum.dayTLS, sum.days, mode);
}

// fillVersions fills a chart that stacks the TLS versions of each day, by count or as parts of the day's messages.
function fillVersions(option, facts, cells, days, mode) {
  const versions = facts.tls.length;
  const totals = new Float64Array(days);
  for (let i = 0; i < days * versions; i++) totals[Math.floor(i / versions)] += cells[i];
  for (const series of option.series) {
    const v = Number(series.id.slice("tls:".length));
    series.data = Array.from({ length: days }, (_, d) => {
      const count = cells[d * versions + v];
      return { value: mode === "percent" ? (totals[d] ? (count / totals[d]) * 100 : 0) : count, count };
    });
  }
  if (mode === "percent") Object.assign(option.yAxis[0], { max: 100, interval: 25, percent: true });
}

function fillShare(option, facts, sum, mode) {
  const series = option.series[0];
  series.data = series.data.map((item) => ({ ...item, value: sum.tls[item.version] })).filter((item) => item.value > 0);
  series.label.formatter = (p) => (p.value < sum.total / 12 ? "" : mode === "percent" ? percent(p.value, sum.total) : number(p.value));
}

function fillDomains(option, facts, sum) {
  const single = Array.from(sum.domains.keys()).filter((d) => sum.domains[d] > 0 && !facts.domains[d].rest);
  const names = busiest(single, sum.domains, facts.bars);
  fillBars(option, names.map((d) => [facts.domains[d].name, sum.domains[d], facts.groups[facts.domains[d].group].colour]));
}

function fillSenders(option, facts, sum, mode, data) {
  const names = busiest(sum.senders, sum.messages, facts.bars);
  fillBars(option, names.map((s) => [data.names[s], sum.messages[s], facts.groups[facts.domains[data.domain[s]].group].colour]));
}

function fillSendersTLS(option, facts, sum) {
  fillBars(option, facts.tls.map((v, i) => [v.name, sum.sendersTLS[i], v.colour]).filter((bar) => bar[1] > 0));
}

function fillBars(option, bars) {
  option.yAxis[0].data = bars.map((bar) => bar[0]);
  option.series[0].data = bars.map((bar) => ({ value: bar[1], itemStyle: { color: bar[2] } }));
}

// Chart is one figure of the page: a drawing or, on demand and where there is no ECharts, a table of the same figures.
class Chart {
  constructor(figure, facts) {
    this.facts = facts;
    this.figure = figure;
    this.id = figure.dataset.chart;
    this.box = figure.querySelector(".chart");
    this.legend = figure.querySelector(".legend");
    this.hidden = new Set();
    this.asTable = !window.echarts;
    this.point = -1;
    this.box.addEventListener("keydown", (event) => this.step(event));
    const button = figure.querySelector(".as-table");
    button.hidden = this.asTable;
    button.addEventListener("click", () => {
      this.asTable = !this.asTable;
      button.setAttribute("aria-pressed", String(this.asTable));
      this.draw();
    });
    new ResizeObserver(() => this.instance && this.box.clientWidth && this.instance.resize()).observe(this.box);
  }

  // show takes an option, filled, and a sentence that says what the chart shows. It draws nothing while the figure cannot be seen.
  show(option, sentence) {
    this.option = option;
    this.sentence = sentence;
    this.point = -1;
    this.drawLegend();
    this.draw();
  }

  // fresh gives the option as the Go program built it.
  fresh() {
    return structuredClone(this.facts.charts[this.id]);
  }

  draw() {
    if (!this.option || !this.figure.offsetParent) return;
    this.box.setAttribute("aria-label", this.sentence);
    this.box.classList.toggle("tabular", this.asTable);
    if (!this.option.series.some((s) => s.data.some((item) => item.value > 0))) return this.drawPlain(make("p", { class: "nothing" }, word("nothing")));
    if (this.asTable) return this.drawPlain(optionTable(this.visible(), this.figure.querySelector("figcaption").textContent));
    this.box.setAttribute("role", "img");
    this.box.tabIndex = 0;
    if (!this.instance) {
      this.box.replaceChildren();
      this.instance = echarts.init(this.box, null, { renderer: "svg" });
    }
    this.instance.setOption(dress(this.visible(), this.facts, this.figure), { notMerge: true });
  }

  // refit draws again for another width.
  refit() {
    if (this.figure.offsetParent) this.instance?.resize();
    this.draw();
  }

  // visible is the option without the series that the reader switched off.
  visible() {
    return { ...this.option, series: this.option.series.map((s) => (this.hidden.has(s.name) ? { ...s, data: [] } : s)) };
  }

  drawLegend() {
    const series = this.option.series.filter((s) => s.data.some((item) => item.value > 0));
    this.legend.hidden = series.length < 2;
    if (this.legend.hidden) return this.legend.replaceChildren();
    this.legend.replaceChildren(...series.map((s) => {
      const button = make("button", { type: "button", "aria-pressed": String(!this.hidden.has(s.name)) }, swatch(s.itemStyle.color), s.name);
      button.addEventListener("click", () => {
        if (!this.hidden.delete(s.name)) this.hidden.add(s.name);
        button.setAttribute("aria-pressed", String(!this.hidden.has(s.name)));
        this.draw();
      });
      return button;
    }));
  }

  // drawPlain puts an element in place of the drawing.
  drawPlain(element) {
    this.instance?.dispose();
    this.instance = null;
    this.box.setAttribute("role", "region");
    this.box.tabIndex = 0;
    this.box.replaceChildren(element);
  }

  // step goes through the points of the chart with the arrow keys, showing and saying what the mouse would show.
  step(event) {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape" && this.point >= 0) {
      event.preventDefault();
      this.instance?.dispatchAction({ type: "hideTip" });
      this.point = -1;
    }
    if (!by || !this.instance) return;
    event.preventDefault();
    const seriesIndex = Math.max(0, this.visible().series.findIndex((s) => s.data.length > 0));
    const count = this.option.series[seriesIndex].data.length;
    this.point = Math.min(Math.max(this.point < 0 && by < 0 ? count - 1 : this.point + by, 0), count - 1);
    this.instance.dispatchAction({ type: "showTip", seriesIndex, dataIndex: this.point });
    say(pointText(this.visible(), this.point));
  }
}

// labelsOf gives the names of a chart's points: days, bars or slices.
function labelsOf(option) {
  if (!option.xAxis) return option.series[0].data.map((item) => item.name);
  const axis = option.xAxis[0].type === "category" ? option.xAxis[0] : option.yAxis[0];
  return axis.data.map((label) => (dayOf(label) === null ? label : weekdate(dayOf(label))));
}

function countOf(item) {
  return item ? item.count ?? item.value : 0;
}

function pointText(option, point) {
  const values = option.series.filter((s) => s.data.length).map((s) => [s.name, countOf(s.data[point])]);
  const total = values.reduce((sum, v) => sum + v[1], 0);
  const of = values.length > 1 ? values.filter((v) => v[1] > 0).map((v) => `, ${v[0]} ${number(v[1])}`).join("") : "";
  return option.series[0].apart ? `${labelsOf(option)[point]}${of || ": 0"}` : `${labelsOf(option)[point]}: ${number(total)}${of}`;
}

// optionTable writes a chart's figures as a table: a row for each point, a column for each series.
function optionTable(option, caption) {
  const series = option.series.filter((s) => s.data.length);
  const rows = labelsOf(option).map((label, i) =>
    make("tr", {}, make("th", { scope: "row" }, label), ...series.map((s) => make("td", {}, number(countOf(s.data[i]))))));
  const heads = series.map((s) => make("th", { scope: "col" }, s.name));
  return make("table", { class: "plain" }, make("caption", { class: "sr" }, caption),
    make("thead", {}, make("tr", {}, make("th", { scope: "col" }, ""), ...heads)), make("tbody", {}, ...rows));
}

// dress gives an option the colours of the page, light or dark, and the functions that JSON cannot carry.
function dress(option, facts, figure) {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(`--${name}`).trim();
  const text = { color: colour("muted"), fontFamily: getComputedStyle(document.body).fontFamily };
  const axis = (a, labels) => ({
    ...a,
    axisLabel: { ...a.axisLabel, ...text, lineHeight: 15, formatter: labels },
    axisLine: { ...a.axisLine, lineStyle: { color: colour("line-strong") } },
    splitLine: { ...a.splitLine, lineStyle: { color: colour("line") } },
    axisTick: { show: false },
  });
  const width = figure.clientWidth;
  const labels = (a) => (value) => {
    if (a.type !== "category") return a.percent ? word("form.percent", { n: number(value) }) : number(value);
    const day = dayOf(value);
    return day === null ? shorten(value, width < 480 ? 18 : 28) : shortDate(day);
  };
  return {
    ...option,
    textStyle: text,
    ...(option.xAxis && { xAxis: option.xAxis.map((a) => axis(a, labels(a))), yAxis: option.yAxis.map((a) => axis(a, labels(a))) }),
    series: option.series.map((s) => dressSeries(s, colour)),
    tooltip: {
      ...option.tooltip,
      backgroundColor: colour("card"), borderColor: colour("line-strong"), textStyle: { color: colour("text"), fontFamily: text.fontFamily },
      formatter: (params) => tooltip(option, [params].flat(), facts),
    },
  };
}

function dressSeries(series, colour) {
  if (series.type !== "pie") return { ...series, label: series.label && { ...series.label, color: colour("text"), formatter: (p) => number(p.value) } };
  return { ...series, data: series.data.map((item) => ({ ...item, itemStyle: { ...item.itemStyle, borderWidth: 2, borderColor: colour("card") } })) };
}

// tooltip builds the text of a point as elements, so that names stay text.
function tooltip(option, params, facts) {
  const rows = params.map((p) => ({ name: p.seriesName, colour: p.color, count: countOf(p.data) }));
  const total = rows.reduce((sum, row) => sum + row.count, 0);
  const box = make("div", { class: "tip" });
  if (!option.xAxis) {
    const whole = option.series[0].data.reduce((sum, item) => sum + item.value, 0);
    box.append(make("b", {}, params[0].name), make("div", {}, `${counted(total, "message")}, ${percent(total, whole)}`));
    return box;
  }
  const day = dayOf(params[0].name);
  const noun = option.series[0].noun || "message";
  const apart = option.series[0].apart; // the sum means nothing
  box.append(make("b", {}, day === null ? params[0].name : weekdate(day)));
  if (!apart) box.append(make("div", {}, counted(total, noun)));
  if (day !== null && facts.silent.includes(day)) box.append(make("div", {}, word("silent")));
  if (option.series.length < 2) return box;
  for (const row of rows.reverse()) {
    if (row.count > 0) box.append(make("div", { class: "tip-row" }, swatch(row.colour), make("span", {}, row.name), make("span", {}, apart ? counted(row.count, noun) : `${number(row.count)}, ${percent(row.count, total)}`)));
  }
  return box;
}

// shareTable lists the TLS versions with their part of the messages, the count, and a bar.
function shareTable(facts, counts) {
  const total = counts.reduce((sum, n) => sum + n, 0);
  const rows = facts.tls.map((version, v) => {
    if (counts[v] === 0 && !version.always) return null;
    const bar = make("span", { class: "bar" }, make("span"));
    bar.firstChild.style.width = total ? `${(counts[v] / total) * 100}%` : "0";
    bar.firstChild.style.background = version.colour;
    return make("tr", {}, make("th", { scope: "row" }, swatch(version.colour), version.name), make("td", { class: "wide", "aria-hidden": "true" }, bar),
      make("td", {}, percent(counts[v], total)), make("td", {}, number(counts[v])));
  });
  return make("table", { class: "plain shares" }, make("caption", { class: "sr" }, word("by_version")),
    make("thead", {}, make("tr", {}, make("th", { scope: "col" }, word("column.tls_version")), make("td", { class: "wide" }), make("th", { scope: "col" }, word("share")), make("th", { scope: "col" }, word("column.messages")))),
    make("tbody", {}, ...rows));
}
