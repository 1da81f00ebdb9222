// One uPlot chart: axes in our units and zone, gaps shaded and labelled, events as labelled lines.

import { formatValue } from "./format.js";

const HEIGHT = 200;
const PRESSES = new Set(["mousedown", "mouseup", "dblclick"]); // one chart zooms; the others only follow the cursor
export const STRIP = 16; // pixels above the plot for the names of events
const POWERS = Array.from({ length: 51 }, (_, power) => 2 ** power); // steps of an axis in bytes
export const FONT = '12px system-ui, -apple-system, "Apple SD Gothic Neo", "Noto Sans KR", "Noto Sans CJK KR", sans-serif';

const colourOf = (element) => getComputedStyle(element).color;

export function seriesColours(figure) {
  return [...figure.querySelectorAll(".legend i")].map(colourOf);
}

export function inks() {
  const style = getComputedStyle(document.documentElement);
  const probe = document.createElement("span");
  document.body.append(probe);
  const read = (name) => { probe.style.color = `var(${name})`; return colourOf(probe); };
  const found = { text: style.color, quiet: read("--quiet"), line: read("--line"), shade: read("--unknown-tint"), page: read("--page"), alarm: read("--critical"), alarmTint: read("--critical-tint") };
  probe.remove();
  return found;
}

// Times on the axis: hours in the reader's zone, the day where it changes.
export function timeWords(language, zone) {
  const clock = new Intl.DateTimeFormat(language, { timeZone: zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const day = new Intl.DateTimeFormat(language, { timeZone: zone, month: "short", day: "numeric" });
  return (_, splits, axis, space, increment) => {
    let before = "";
    return splits.map((seconds) => {
      const date = day.format(seconds * 1000);
      const shown = increment >= 86400 || (before && date !== before) ? date : clock.format(seconds * 1000);
      before = date;
      return shown;
    });
  };
}

function shadeGaps(drawn, ink, noData) {
  return (u) => {
    const { ctx, bbox } = u;
    ctx.save();
    ctx.font = FONT.replace("12px", `${11 * devicePixelRatio}px`);
    ctx.textAlign = "center";
    ctx.textBaseline = "top";
    for (const [from, to] of drawn.gaps) {
      const left = Math.max(u.valToPos(from, "x", true), bbox.left);
      const right = Math.min(u.valToPos(to, "x", true), bbox.left + bbox.width);
      if (right - left < 1) continue;
      ctx.fillStyle = ink.shade;
      ctx.fillRect(left, bbox.top, right - left, bbox.height);
      ctx.fillStyle = ink.quiet;
      if (right - left > ctx.measureText(noData).width + 8) {
        ctx.fillText(noData, (left + right) / 2, bbox.top + 4 * devicePixelRatio);
      } else if (right - left > 14 * devicePixelRatio) {
        ctx.save();
        ctx.translate((left + right) / 2 + 5 * devicePixelRatio, bbox.top + bbox.height / 2);
        ctx.rotate(Math.PI / 2);
        ctx.fillText(noData, 0, 0);
        ctx.restore();
      }
    }
    ctx.restore();
  };
}

// The time in which the alert fired is shaded, its limit is a line with its value at the right.
export function shadeSpans(drawn, ink) {
  return (u) => {
    const { ctx, bbox } = u;
    ctx.save();
    ctx.fillStyle = ink.alarmTint;
    for (const [from, to] of drawn.spans ?? []) {
      const left = Math.max(u.valToPos(from, "x", true), bbox.left);
      const right = Math.min(u.valToPos(to, "x", true), bbox.left + bbox.width);
      if (right > left) ctx.fillRect(left, bbox.top, right - left, bbox.height);
    }
    ctx.restore();
  };
}

function drawLimit(drawn, ink) {
  return (u) => {
    if (!drawn.limit) return;
    const { ctx, bbox } = u;
    const dot = devicePixelRatio;
    const [value, text] = drawn.limit;
    const y = Math.round(u.valToPos(value, "y", true));
    if (y < bbox.top || y > bbox.top + bbox.height) return;
    ctx.save();
    ctx.strokeStyle = ctx.fillStyle = ink.alarm;
    ctx.lineWidth = 1.5 * dot;
    ctx.setLineDash([6 * dot, 4 * dot]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.font = FONT.replace("12px", `${11 * dot}px`);
    ctx.textAlign = "left";
    const below = y - bbox.top < 18 * dot;
    ctx.textBaseline = below ? "top" : "bottom";
    ctx.fillText(text, bbox.left + 4 * dot, y + (below ? 3 : -3) * dot);
    ctx.restore();
  };
}

// Events are dashed lines; their names stand in a strip above the plot, where they hide no value.
export function drawEvents(drawn, ink) {
  return (u) => {
    const { ctx, bbox } = u;
    const dot = devicePixelRatio, pad = 4 * dot;
    ctx.save();
    ctx.font = FONT.replace("12px", `${11 * dot}px`);
    ctx.textBaseline = "top";
    ctx.textAlign = "left";
    ctx.lineWidth = dot;
    ctx.strokeStyle = ctx.fillStyle = ink.text;
    ctx.setLineDash([3 * dot, 3 * dot]);
    const right = bbox.left + bbox.width;
    let taken = -Infinity;
    for (const [at, title] of drawn.events) {
      const x = Math.round(u.valToPos(at, "x", true));
      if (x < bbox.left || x > right) continue;
      ctx.beginPath();
      ctx.moveTo(x, bbox.top - STRIP * dot);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      const flip = x > bbox.left + bbox.width / 2;
      const room = (flip ? x - Math.max(bbox.left, taken) : right - x) - 2 * pad;
      const text = shortened(ctx, title, room);
      const left = flip ? x - pad - ctx.measureText(text).width : x + pad;
      if (!text || left < taken) continue;
      ctx.fillText(text, left, bbox.top - STRIP * dot);
      taken = Math.max(x, left + ctx.measureText(text).width) + pad;
    }
    ctx.restore();
  };
}

function shortened(ctx, title, room) {
  let text = title;
  while (text.length > 4 && ctx.measureText(text).width > room) text = `${text.slice(0, -2).trimEnd()}…`;
  return ctx.measureText(text).width > room ? "" : text;
}

export function makePlot(box, drawn, { unit, zone, language, noData, colours, onZoom, onCursor }) {
  const ink = inks();
  const count = Math.max(0, ...drawn.values.map((line) => line.length));
  const times = Array.from({ length: count }, (_, at) => drawn.start + at * drawn.step);
  const axis = { stroke: ink.quiet, font: FONT, grid: { stroke: ink.line, width: 1 }, ticks: { show: false }, gap: 6 };
  const options = {
    width: box.clientWidth, height: HEIGHT, padding: [drawn.events.length ? STRIP + 4 : 6, 18, 0, 0], legend: { show: false },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zone),
    scales: {
      x: { time: true, range: () => [drawn.from, drawn.to] },
      y: { range: (_, low, high) => reach(low, high, drawn.limit?.[0]) },
    },
    cursor: {
      sync: { key: "lamplighter", scales: ["x", null], filters: { pub: (kind) => !PRESSES.has(kind) } }, drag: { x: true, y: false, setScale: false }, y: false,
      points: { size: 7 },
    },
    series: [{}, ...drawn.values.map((_, at) => ({
      stroke: colours[at], width: 1.5, spanGaps: false, points: { show: () => false, filter: alone, size: 4, fill: colours[at] },
    }))],
    axes: [
      { ...axis, grid: { show: false }, space: 64, size: 28, values: timeWords(language, zone) },
      { ...axis, size: fitted, space: 36, ...(/byte/i.test(unit) ? { incrs: POWERS } : {}), values: (_, splits) => splits.map((value) => formatValue(value, unit)) },
    ],
    hooks: {
      drawClear: [shadeSpans(drawn, ink), shadeGaps(drawn, ink, noData)],
      draw: [drawLimit(drawn, ink), drawEvents(drawn, ink)],
      setCursor: [(u) => onCursor(u.cursor.left < 0 ? null : u.cursor.idx)],
      setSelect: [(u) => {
        if (u.select.width > 6) onZoom(u.posToVal(u.select.left, "x"), u.posToVal(u.select.left + u.select.width, "x"));
        u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
      }],
    },
  };
  return new uPlot(options, [times, ...drawn.values], box);
}

// The scale holds zero and, unless it lies so far off that the line would be flat, the limit.
function reach(low, high, limit) {
  if (low === null) return limit > 0 ? [0, limit * 1.2] : [0, 1];
  const near = limit !== undefined && Math.abs(limit) <= 20 * Math.max(Math.abs(low), Math.abs(high), Number.MIN_VALUE);
  const bottom = near ? Math.min(low, limit) : low, top = near ? Math.max(high, limit) : high;
  return [Math.min(0, bottom), top > 0 ? top * 1.1 : Math.max(0, top) || 1];
}

// A value between two gaps has no line to stand on: it is drawn as a dot.
function alone(u, series) {
  const line = u.data[series];
  const found = [];
  for (let at = 0; at < line.length; at += 1) {
    if (line[at] !== null && (line[at - 1] ?? null) === null && (line[at + 1] ?? null) === null) found.push(at);
  }
  return found;
}

// As wide as the longest label, in the same steps on every chart so that their plots line up.
export function fitted(u, values, axisAt, cycle) {
  const axis = u.axes[axisAt];
  if (cycle > 1) return axis._size;
  const longest = (values ?? []).reduce((most, value) => (value.length > most.length ? value : most), "");
  u.ctx.save();
  u.ctx.font = axis.font[0];
  const width = u.ctx.measureText(longest).width / devicePixelRatio;
  u.ctx.restore();
  return Math.max(u.width < 480 ? 52 : 64, Math.ceil(width + 14));
}
