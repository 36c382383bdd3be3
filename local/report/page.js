"use strict";
// Draws what lies in #data. Every text from the data reaches the page as text: never as markup, nor as plotly's pseudo-HTML.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const anomalies = document.getElementById("anomalies");
  const touch = matchMedia("(pointer: coarse)").matches;
  const minute = 60000;
  const plain = (text) => String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  const decoded = new Map();
  const drawn = new Map();

  // Times of a line in milliseconds; a gap becomes a point without a value, so that nothing is drawn across it.
  function lineOf(number) {
    if (decoded.has(number)) return decoded.get(number);
    const source = data.lines[number];
    const line = { ...source, x: [], value: [], expected: [], lower: [], upper: [], at: [] };
    let index = 0;
    for (const [first, count] of source.runs) {
      if (line.x.length) {
        line.x.push((first - data.step) * minute);
        for (const name of ["value", "expected", "lower", "upper"]) line[name].push(null);
      }
      for (let step = 0; step < count; step++, index++) {
        line.at.push(line.x.length);
        line.x.push((first + step * data.step) * minute);
        for (const name of ["value", "expected", "lower", "upper"]) line[name].push(source[name][index]);
      }
    }
    decoded.set(number, line);
    return line;
  }

  // The usual range as closed outlines, one for each stretch without a gap: up along the upper bound, back along the lower.
  function bandOf(line) {
    const band = { x: [], y: [] };
    const known = (at) => line.lower[at] !== null && line.upper[at] !== null;
    for (let first = 0; first < line.x.length; first++) {
      if (!known(first)) continue;
      let end = first;
      while (end < line.x.length && known(end)) end++;
      const there = Array.from({ length: end - first }, (_, step) => first + step), back = [...there].reverse();
      band.x.push(...there.map((at) => line.x[at]), ...back.map((at) => line.x[at]), null);
      band.y.push(...there.map((at) => line.upper[at]), ...back.map((at) => line.lower[at]), null);
      first = end;
    }
    return band;
  }

  function colours() {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(`--${name}`).trim();
    return Object.fromEntries(
      ["ground", "ink", "muted", "line", "band", "expected", "alarm", "alarm-wash", "grid", "panel"].map((name) => [name, colour(name)]),
    );
  }

  function layout(colour, more) {
    const axis = { gridcolor: colour.grid, zerolinecolor: colour.grid, linecolor: colour.grid, automargin: true, fixedrange: touch };
    return {
      margin: { l: 44, r: 10, t: 8, b: 30 },
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
      font: { color: colour.muted, family: getComputedStyle(document.body).fontFamily, size: 12 },
      showlegend: false, dragmode: touch ? false : "zoom", hovermode: "x unified",
      hoverlabel: { bgcolor: colour.panel, bordercolor: colour.grid, font: { color: colour.ink } },
      ...more,
      xaxis: { type: "date", ...axis, nticks: touch || innerWidth < 560 ? 5 : 8, tickangle: 0, ...more.xaxis },
      yaxis: { ...axis, separatethousands: true, exponentformat: "none", nticks: 6, ...more.yaxis },
    };
  }

  function traces(line, colour) {
    const base = { x: line.x, type: "scatter", mode: "lines", connectgaps: false };
    const height = (at) => line.value[at] ?? line.expected[at];
    const hits = line.hits.map(([index]) => line.at[index]).filter((at) => height(at) !== null);
    return [
      { ...base, ...bandOf(line), line: { width: 0 }, fill: "toself", fillcolor: colour.band, hoverinfo: "skip" },
      { ...base, y: line.upper, name: "usual up to", line: { width: 0 }, hovertemplate: "%{y:,.4~r}" },
      { ...base, y: line.lower, name: "usual from", line: { width: 0 }, hovertemplate: "%{y:,.4~r}" },
      { ...base, y: line.expected, name: "expected", line: { color: colour.expected, width: 1.3, dash: "dot" }, hovertemplate: "%{y:,.4~r}" },
      { ...base, y: line.value, name: plain(line.measure), line: { color: colour.line, width: 1.6 }, hovertemplate: "<b>%{y:,.6~r}</b>" },
      { type: "scatter", mode: "markers", x: hits.map((at) => line.x[at]), y: hits.map(height),
        marker: { color: colour.alarm, size: 7, symbol: hits.map((at) => line.value[at] === null ? "x" : "circle"), line: { color: colour.ground, width: 1 } }, hoverinfo: "skip" },
    ];
  }

  // The window of a range button: around the anomaly, else at the end, and never beyond the data.
  const widthOf = (label) => (data.ranges[label] || Infinity) * minute;
  const lengthOf = (line) => line.x.at(-1) + data.step * minute - line.x[0];
  function windowOf(line, anomaly, label) {
    const first = line.x[0], last = line.x[line.x.length - 1] + data.step * minute;
    const width = widthOf(label);
    if (width >= last - first) return [first, last];
    const middle = anomaly ? ((anomaly.start + anomaly.end) / 2) * minute : last - width / 2;
    const low = Math.min(Math.max(middle - width / 2, first), last - width);
    return [low, low + width];
  }

  function heights(line, [low, high]) {
    let least = Infinity, most = -Infinity;
    for (let at = 0; at < line.x.length; at++) {
      if (line.x[at] < low || line.x[at] > high) continue;
      for (const number of [line.value[at], line.lower[at], line.upper[at]]) {
        if (number === null) continue;
        least = Math.min(least, number);
        most = Math.max(most, number);
      }
    }
    if (least > most) return [0, 1];
    const edge = (most - least || Math.abs(most) || 1) * 0.07;
    return [least - edge, most + edge];
  }

  function draw(figure) {
    const state = drawn.get(figure);
    const line = lineOf(state.line), colour = colours();
    const range = windowOf(line, state.anomaly, state.range);
    const shapes = !state.anomaly ? [] : [{
      type: "rect", xref: "x", yref: "paper", y0: 0, y1: 1, layer: "below", line: { width: 0 }, fillcolor: colour["alarm-wash"],
      x0: (state.anomaly.start - data.step / 2) * minute, x1: (state.anomaly.end - data.step / 2) * minute,
    }];
    figure.querySelector("figcaption").textContent = [line.measure, line.name, line.part && "only the time around its anomalies is drawn"].filter(Boolean).join(" · ");
    for (const button of figure.querySelectorAll(".ranges button")) {
      button.hidden = widthOf(button.dataset.range) < Infinity && widthOf(button.dataset.range) >= lengthOf(line);
      button.setAttribute("aria-pressed", String(button.dataset.range === state.range));
    }
    const more = { shapes, xaxis: { range }, yaxis: { range: heights(line, range) }, ...state.size };
    return Plotly.react(figure.querySelector(".plot"), traces(line, colour), layout(colour, more), {
      displayModeBar: false, responsive: true, doubleClick: false,
    });
  }

  function show(figure) {
    if (drawn.has(figure)) return;
    const name = figure.dataset.figure, number = Number(name.slice(1));
    const anomaly = name.startsWith("a") ? data.anomalies[number] : null;
    const line = anomaly ? anomaly.lines.find((one) => one >= 0) : number;
    const usual = anomaly ? anomaly.range : Object.keys(data.ranges).at(-1) || "all";
    drawn.set(figure, { anomaly, line, range: widthOf(usual) < lengthOf(lineOf(line)) ? usual : "all" });
    draw(figure);
    for (const button of figure.querySelectorAll(".ranges button")) {
      button.addEventListener("click", () => { drawn.get(figure).range = button.dataset.range; draw(figure); });
    }
    figure.querySelector(".plot").on("plotly_doubleclick", () => draw(figure));
    const inside = figure.closest(".inside");
    const choices = inside ? [...inside.querySelectorAll("[data-series]")] : [];
    const press = () => choices.forEach((one) =>
      one.setAttribute("aria-pressed", String(anomaly.lines[Number(one.dataset.series)] === drawn.get(figure).line)));
    for (const choice of choices) {
      choice.addEventListener("click", () => { drawn.get(figure).line = anomaly.lines[Number(choice.dataset.series)]; draw(figure); press(); });
    }
    press();
  }

  function open(details) {
    details.open = true;
    details.querySelectorAll("figure").forEach(show);
  }

  const symbols = { spike: "triangle-up", dip: "triangle-down", shift: "square", sag: "diamond", noise: "star", flat: "line-ew-open", silence: "x", impossible: "hexagon" };

  // Text in lines of at most so many characters, as plotly's markup: a label as wide as the figure would be cut off.
  const wrapped = (text, most) => text.split(" ").reduce((lines, word) => {
    if (lines.length && `${lines.at(-1)} ${word}`.length <= most) lines.push(`${lines.pop()} ${word}`);
    else lines.push(word);
    return lines;
  }, []).map(plain).join("<br>");

  function overview(size) {
    const place = document.getElementById("overview"), colour = colours();
    const all = data.anomalies;
    const dot = {
      type: "scatter", mode: "markers", x: all.map((one) => one.start * minute), y: all.map((one) => one.severity),
      text: all.map((one) => wrapped(one.text, place.clientWidth / 10)), hovertemplate: "%{x|%a %-d %b %Y, %H:%M} · %{y:.0f}<br>%{text}<extra></extra>",
      marker: { color: colour.alarm, size: 10, symbol: all.map((one) => one.suppressed ? `${symbols[one.kind].replace("-open", "")}-open` : symbols[one.kind]), line: { width: 1.5, color: colour.alarm }, opacity: all.map((_, number) => document.getElementById(`a${number}`).hidden ? 0.12 : 0.85) },
    };
    const ends = data.lines.map((_, number) => lineOf(number).x);
    const range = [Math.min(...ends.map((x) => x[0]), ...dot.x), Math.max(...ends.map((x) => x.at(-1)), ...dot.x)];
    const edge = (range[1] - range[0]) * 0.015;
    const more = { hovermode: "closest", xaxis: { range: [range[0] - edge, range[1] + edge] }, yaxis: { range: [Math.min(data.threshold, ...all.map((one) => one.severity)) - 3, 103], title: { text: "severity" }, nticks: 4 }, ...(size && { width: size.width }) };
    Plotly.react(place, [dot], layout(colour, more), { displayModeBar: false, responsive: true });
    return place;
  }

  let reveal = () => {};
  function setUpList() {
    const items = [...anomalies.children];
    const control = (id) => document.getElementById(id);
    const value = (id) => (control(id) ? control(id).value : "");
    const orders = {
      severity: (a, b) => b.dataset.severity - a.dataset.severity || a.dataset.start - b.dataset.start,
      newest: (a, b) => b.dataset.start - a.dataset.start,
      oldest: (a, b) => a.dataset.start - b.dataset.start,
    };
    const update = () => {
      const words = value("search").toLowerCase().split(/\s+/).filter(Boolean)
        .map((word) => new RegExp(`(^|[^\\p{L}\\p{N}])${word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}`, "u"));
      let shown = 0;
      for (const item of items) {
        const fits = (!value("kind") || item.dataset.kind === value("kind"))
          && (!value("measure") || item.dataset.measure === value("measure"))
          && words.every((word) => item.dataset.text.search(word) >= 0);
        item.hidden = !fits;
        shown += fits;
      }
      anomalies.append(...items.sort(orders[value("sort")]));
      const total = Number(control("count").dataset.total);
      control("count").textContent = shown === total ? `${shown} shown` : `${shown} of ${total} shown`;
      overview();
    };
    reveal = (item) => {
      if (!item.hidden) return;
      for (const id of ["search", "kind", "measure"]) if (control(id)) control(id).value = "";
      update();
    };
    for (const id of ["search", "kind", "measure", "sort"]) if (control(id)) control(id).addEventListener("input", update);
    update();
    document.getElementById("overview").on("plotly_click", (event) => {
      const details = document.getElementById(`a${event.points[0].pointIndex}`);
      reveal(details);
      open(details);
      details.scrollIntoView({ behavior: "smooth" });
    });
    if (items.length) open(items[0]);
  }

  if (anomalies) setUpList();
  else document.querySelectorAll(".part > details:first-of-type").forEach(open);
  for (const details of document.querySelectorAll("details")) {
    details.addEventListener("toggle", () => details.open && open(details));
  }
  const linked = () => {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    if (!target || target.tagName !== "DETAILS") return;
    if (target.hidden) { reveal(target); target.scrollIntoView(); }
    open(target);
  };
  addEventListener("hashchange", linked);
  linked();

  const redraw = (size) => {
    for (const [figure, state] of drawn) { state.size = size; draw(figure); }
    if (anomalies) overview(size);
  };
  let opened = [];
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => redraw());
  // On paper: the first ten of the anomalies shown opened, in the light colours and at a page's width.
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll(".anomaly:not([hidden])")].slice(0, 10).filter((one) => !one.open);
    opened.forEach(open);
    document.documentElement.classList.add("paper");
    redraw({ width: 680, height: 190 });
  });
  addEventListener("afterprint", () => {
    document.documentElement.classList.remove("paper");
    opened.forEach((one) => { one.open = false; });
    redraw();
  });
})();
