// The component page's charts: one fetch for all of them, one cursor, drag to zoom into an address that can be shared.

import { exportPng } from "./export.js";
import { makePlot, seriesColours } from "./plot.js";
import { formatValue } from "./format.js";

const root = document.getElementById("charts");
const said = document.getElementById("cursor");
const zone = root.dataset.zone;
const language = document.documentElement.lang;
const moment = new Intl.DateTimeFormat(language, { timeZone: zone, month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const plots = new Map(); // figure -> { plot, drawn }
let view = { range: root.dataset.range, from: Number(root.dataset.from), to: Number(root.dataset.to) };
let fetching = null;

const iso = (seconds) => new Date(seconds * 1000).toISOString().replace(/:00\.000Z$/, "Z").replace(/\.000Z$/, "Z");
const figures = (within) => [...within.querySelectorAll("figure[data-key]")];

function wordsOf(target) {
  const words = new URLSearchParams();
  if (target.range) words.set("range", target.range);
  else { words.set("from", iso(target.from)); words.set("to", iso(target.to)); }
  return words;
}

async function load({ more = false } = {}) {
  if (!more) { fetching?.abort(); fetching = new AbortController(); }
  const words = wordsOf(view);
  if (more) words.set("more", "1");
  let answer;
  try {
    const response = await fetch(`${root.dataset.points}&${words}`, { headers: { Accept: "application/json" }, signal: fetching?.signal });
    if (!response.ok) throw new Error(String(response.status));
    answer = await response.json();
  } catch (fault) {
    if (fault.name !== "AbortError") root.dataset.fault = fault.message; // what is drawn stays
    return;
  }
  if (!more) {
    view = { ...view, from: answer.from, to: answer.to };
    document.getElementById("span").textContent = moment.formatRange(answer.from * 1000, answer.to * 1000);
  }
  const byKey = new Map(answer.charts.map((chart) => [chart.key, chart]));
  for (const figure of figures(more ? document.getElementById("more") : root)) {
    const drawn = byKey.get(figure.dataset.key);
    if (drawn) draw(figure, { from: answer.from, to: answer.to, ...drawn, events: answer.events, spans: answer.spans, limit: answer.limit });
  }
  root.dataset.drawn = String(Number(root.dataset.drawn || 0) + 1);
}

function draw(figure, drawn) {
  const box = figure.querySelector(".plot");
  plots.get(figure)?.plot.destroy();
  for (const still of box.querySelectorAll("noscript")) still.remove();
  const entry = { drawn, plot: null };
  entry.plot = makePlot(box, drawn, {
    unit: figure.dataset.unit, zone, language, noData: root.dataset.noData, colours: seriesColours(figure),
    onZoom: (from, to) => go({ range: "", from: Math.floor(from / 60) * 60, to: Math.ceil(to / 60) * 60 }),
    onCursor: (index) => values(figure, entry, index),
  });
  plots.set(figure, entry);
  values(figure, entry, null);
  figure.querySelector("figcaption > span").textContent = drawn.caption;
  const png = figure.querySelector("[data-png]");
  png.hidden = false;
  png.onclick = () => exportPng(figure, entry.plot, moment);
}

// The legend shows the values under the cursor, the last known ones without.
function values(figure, { drawn }, index) {
  const cells = figure.querySelectorAll(".legend b");
  drawn.values.forEach((line, at) => {
    let shown = index === null || index === undefined ? line.findLast((value) => value !== null) : line[index];
    cells[at].textContent = formatValue(shown ?? null, figure.dataset.unit);
  });
}

function go(target, { push = true } = {}) {
  const length = target.to - target.from;
  if (!target.range && length < 300) {
    const middle = (target.to + target.from) / 2;
    target = { range: "", from: Math.floor((middle - 150) / 60) * 60, to: Math.ceil((middle + 150) / 60) * 60 };
  }
  view = target;
  const address = new URL(location.href);
  for (const word of ["range", "from", "to"]) address.searchParams.delete(word);
  for (const [word, value] of wordsOf(target)) address.searchParams.set(word, value);
  if (push) history.pushState(null, "", address);
  for (const link of document.querySelectorAll("[data-range]")) {
    if (link.dataset.range === target.range) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  carry(address.searchParams);
  return load().then(() => { if (document.getElementById("more")?.open) load({ more: true }); });
}

// Links that lead to the same stretch elsewhere: the table, the other environments, the CSV files.
function carry(words) {
  const table = document.querySelector("[data-table]");
  const address = new URL(table.href);
  for (const word of ["range", "from", "to"]) {
    address.searchParams.delete(word);
    if (words.has(word)) address.searchParams.set(word, words.get(word));
  }
  table.href = address.pathname + address.search;
}

addEventListener("popstate", () => {
  const words = new URLSearchParams(location.search);
  const from = Date.parse(words.get("from")) / 1000, to = Date.parse(words.get("to")) / 1000;
  go(from && to ? { range: "", from, to } : { range: words.get("range") || "3h", from: 0, to: 0 }, { push: false });
});
for (const link of document.querySelectorAll("[data-range]")) {
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    go({ range: link.dataset.range, from: 0, to: 0 });
  });
}
document.getElementById("more")?.addEventListener("toggle", (event) => event.target.open && load({ more: true }));

// Arrow keys walk along the chart and say what is there.
document.addEventListener("keydown", (event) => {
  const box = event.target.closest?.(".plot");
  const figure = box?.closest("figure");
  const entry = plots.get(figure);
  if (!entry || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === "Escape") { history.length > 1 && view.range === "" ? history.back() : entry.plot.setCursor({ left: -10, top: -10 }); return; }
  const { plot, drawn } = entry;
  const last = plot.data[0].findLastIndex((_, index) => drawn.values.some((line) => line[index] !== null));
  const at = plot.cursor.idx ?? last + 1;
  const by = event.shiftKey ? 10 : 1;
  const to = { ArrowLeft: at - by, ArrowRight: at + by, Home: 0, End: last }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  const index = Math.min(Math.max(to, 0), last);
  plot.setCursor({ left: plot.valToPos(plot.data[0][index], "x"), top: 10 });
  const labels = [...figure.querySelectorAll(".legend li")].map((item) => item.querySelector("span")?.textContent || "");
  const parts = drawn.values.map((line, line_at) => `${labels[line_at]} ${line[index] === null ? root.dataset.noData : formatValue(line[index], figure.dataset.unit)}`.trim());
  said.textContent = `${moment.format(plot.data[0][index] * 1000)}: ${parts.join(", ")}`;
});

let resizing = 0;
addEventListener("resize", () => {
  clearTimeout(resizing);
  resizing = setTimeout(() => {
    for (const [figure, { plot }] of plots) plot.setSize({ width: figure.querySelector(".plot").clientWidth, height: 200 });
  }, 100);
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => load());
setInterval(() => document.hidden || !view.range || load(), 30_000);
load();
