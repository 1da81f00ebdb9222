// The days of a month as stacked bars, with what is expected, what happened and what was unusual.

import { exportPng } from "./export.js";
import { drawEvents, fitted, FONT, inks, seriesColours, shadeSpans, STRIP } from "./plot.js";

const HEIGHT = 220, DAY = 86400;
const language = document.documentElement.lang;
const dayWords = new Intl.DateTimeFormat(language, { timeZone: "UTC", month: "short", day: "numeric" });
const longDay = new Intl.DateTimeFormat(language, { timeZone: "UTC", weekday: "short", month: "short", day: "numeric" });
const said = document.getElementById("cursor");
const plots = new Map(); // figure -> { plot, drawn, sums }

const money = (currency, more = {}) => new Intl.NumberFormat(language, { style: "currency", currency, ...more });

// What is above zero piles up on zero, what is below (credits, refunds) hangs down from it.
function piled(values, count) {
  const up = new Array(count).fill(0), down = new Array(count).fill(0);
  return values.map((line) => line.map((value, at) => {
    if (value === null) return null;
    const pile = value < 0 ? down : up;
    pile[at] += value;
    return pile[at];
  }));
}

const isKnown = (drawn, at) => drawn.values.some((line) => line[at] !== null);
const sumOf = (drawn, at) => (isKnown(drawn, at) ? drawn.shown.reduce((sum, line) => sum + line[at], 0) : null);

// The expected days are outlined, and their range is a line with ends.
function drawExpected(drawn, ink) {
  return (u) => {
    const { ctx } = u, dot = devicePixelRatio;
    const wide = Math.max(2, Math.min(40 * dot, (u.bbox.width / drawn.count) * 0.7));
    ctx.save();
    ctx.strokeStyle = ink.quiet;
    ctx.lineWidth = dot;
    const zero = u.valToPos(0, "y", true);
    drawn.forecast.forEach((told, at) => {
      if (!told) return;
      const [amount, low, high] = told;
      const x = u.valToPos(drawn.start + (at + 0.5) * DAY, "x", true);
      const [y, bottom, top] = [amount, low, high].map((value) => u.valToPos(value, "y", true));
      ctx.setLineDash([3 * dot, 2 * dot]);
      ctx.strokeRect(x - wide / 2, y, wide, zero - y);
      ctx.setLineDash([]);
      ctx.beginPath();
      ctx.moveTo(x, bottom);
      ctx.lineTo(x, top);
      for (const end of [bottom, top]) { ctx.moveTo(x - 3 * dot, end); ctx.lineTo(x + 3 * dot, end); }
      ctx.stroke();
    });
    ctx.restore();
  };
}

function splitsFor(drawn) {
  return (u) => {
    const every = Math.max(1, Math.ceil((drawn.count * 56) / u.width));
    const steps = [1, 2, 3, 5, 7, 10, 15];
    const by = steps.find((step) => step >= every) ?? 31;
    return Array.from({ length: drawn.count }, (_, at) => at).filter((at) => at % by === 0).map((at) => drawn.start + (at + 0.5) * DAY);
  };
}

function makeBars(figure, drawn) {
  const box = figure.querySelector(".plot");
  const ink = inks(), colours = seriesColours(figure);
  const piles = piled(drawn.values, drawn.count);
  const times = Array.from({ length: drawn.count }, (_, at) => drawn.start + (at + 0.5) * DAY);
  const highest = Math.max(0, ...piles.flat().filter((value) => value !== null), ...drawn.forecast.map((told) => told?.[2] ?? 0));
  const lowest = Math.min(0, ...piles.flat().filter((value) => value !== null));
  const axis = { stroke: ink.quiet, font: FONT, grid: { stroke: ink.line, width: 1 }, ticks: { show: false }, gap: 6 };
  const short = money(drawn.currency, { maximumFractionDigits: highest < 10 ? 2 : 0, minimumFractionDigits: 0 });
  const bars = uPlot.paths.bars({ size: [0.7, 40], gap: 0 });
  // The tallest pile is drawn first, and each lower one over it.
  const order = drawn.values.map((_, at) => at).reverse();
  const options = {
    width: box.clientWidth, height: HEIGHT, padding: [drawn.events.length ? STRIP + 4 : 6, 6, 0, 0], legend: { show: false },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "UTC"),
    scales: {
      x: { time: true, range: () => [drawn.start, drawn.start + drawn.count * DAY] },
      y: { range: () => [lowest * 1.1, highest * 1.08 || 1] },
    },
    cursor: { drag: { x: false, y: false }, y: false, points: { show: false } },
    series: [{}, ...order.map((at) => ({ fill: colours[at], stroke: colours[at], width: 0, paths: bars, points: { show: false } }))],
    axes: [
      { ...axis, grid: { show: false }, size: 28, splits: splitsFor(drawn), values: (_, splits) => splits.map((at) => dayWords.format(at * 1000)) },
      { ...axis, size: fitted, space: 36, values: (_, splits) => splits.map((value) => short.format(value)) },
    ],
    hooks: {
      drawClear: [shadeSpans(drawn, ink)],
      draw: [drawExpected(drawn, ink), drawEvents(drawn, ink)],
      setCursor: [(u) => values(figure, u.cursor.left < 0 ? null : u.cursor.idx)],
    },
  };
  return new uPlot(options, [times, ...order.map((at) => piles[at])], box);
}

// The legend shows the day under the cursor, the sums of the month without one.
function values(figure, index) {
  const { drawn } = plots.get(figure) ?? {};
  if (!drawn) return;
  const exact = money(drawn.currency), cells = [...figure.querySelectorAll(".legend b")];
  const write = (value) => (value === null ? "\u2014" : exact.format(value));
  const none = index === null || index === undefined;
  drawn.values.forEach((line, at) => { cells[at].textContent = write(none ? drawn.sums[at] : line[index] === null ? null : drawn.shown[at][index]); });
  const sum = none ? drawn.total : sumOf(drawn, index);
  const told = none ? null : drawn.forecast[index];
  cells.at(-1).textContent = sum === null && told ? `${exact.format(told[0])} ${figure.dataset.expected}` : write(sum);
}

function draw(figure) {
  const drawn = JSON.parse(figure.dataset.bars);
  const box = figure.querySelector(".plot");
  plots.get(figure)?.plot.destroy();
  for (const still of box.querySelectorAll("noscript")) still.remove();
  const entry = { drawn, plot: null };
  plots.set(figure, entry);
  entry.plot = makeBars(figure, drawn);
  values(figure, null);
  const png = figure.querySelector("[data-png]");
  png.hidden = false;
  png.onclick = () => exportPng(figure, entry.plot, dayWords);
  figure.dataset.drawn = "1";
}

// Arrow keys walk along the days and say what is there.
document.addEventListener("keydown", (event) => {
  const box = event.target.closest?.(".plot");
  const figure = box?.closest("figure");
  const entry = plots.get(figure);
  if (!entry || event.ctrlKey || event.altKey || event.metaKey) return;
  const { plot, drawn } = entry;
  if (event.key === "Escape") { plot.setCursor({ left: -10, top: -10 }); return; }
  const last = drawn.count - 1;
  const known = drawn.values[0]?.findLastIndex((value) => value !== null) ?? last;
  const at = plot.cursor.left >= 0 ? plot.cursor.idx ?? known + 1 : known + 1;
  const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  const index = Math.min(Math.max(to, 0), last);
  plot.setCursor({ left: plot.valToPos(plot.data[0][index], "x"), top: 10 });
  const exact = money(drawn.currency);
  const names = [...figure.querySelectorAll(".legend span")].map((name) => name.textContent);
  const parts = drawn.values.map((line, line_at) => `${names[line_at]} ${line[index] === null ? figure.dataset.noData : exact.format(drawn.shown[line_at][index])}`);
  const sum = sumOf(drawn, index), told = drawn.forecast[index];
  const whole = sum === null && told ? `${exact.format(told[0])} ${figure.dataset.expected}` : sum === null ? figure.dataset.noData : `${figure.dataset.total} ${exact.format(sum)}`;
  said.textContent = `${longDay.format(plot.data[0][index] * 1000)}: ${whole}${sum === null ? "" : `, ${parts.join(", ")}`}`;
});

let resizing = 0;
addEventListener("resize", () => {
  clearTimeout(resizing);
  resizing = setTimeout(() => {
    for (const [figure, { plot }] of plots) plot.setSize({ width: figure.querySelector(".plot").clientWidth, height: HEIGHT });
  }, 100);
});
const figures = document.querySelectorAll("figure[data-bars]");
const drawAll = () => figures.forEach(draw);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
drawAll();
