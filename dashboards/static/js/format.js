// How a measured value is written for a person. The same rules as dashboards/charts/units.py; a test compares them.

const SPACE = "\u00a0";
const KINDS = {
  percent: "percent", "%": "percent", seconds: "seconds", second: "seconds", s: "seconds", milliseconds: "milliseconds",
  ms: "milliseconds", microseconds: "microseconds", bytes: "bytes", b: "bytes", "bytes/second": "bytes/s",
  "bytes/s": "bytes/s", "count/min": "count/min", "count/second": "count/s", "count/s": "count/s", days: "days", day: "days",
  d: "days",
};

function three(value) {
  const size = Math.abs(value);
  if (size === 0) return "0";
  const digits = size >= 99.5 ? 0 : size >= 9.95 ? 1 : size >= 0.995 ? 2 : 3;
  const text = String(Number(value.toFixed(digits)));
  return text === "-0" ? "0" : text;
}

export function figure(value) {
  const size = Math.abs(value);
  if (size >= 9999.5) {
    let power = 1;
    while (size >= 999.5 * 1000 ** power && power < 4) power += 1;
    return three(value / 1000 ** power) + ["", "k", "M", "G", "T"][power];
  }
  return size >= 99.5 ? Math.round(value).toLocaleString("en") : three(value);
}

function seconds(value) {
  const size = Math.abs(value);
  if (size === 0) return `0${SPACE}ms`;
  if (size < 0.9995) return `${figure(value * 1e3)}${SPACE}ms`;
  return size < 120 ? `${figure(value)}${SPACE}s` : `${figure(value / 60)}${SPACE}min`;
}

function bytes(value) {
  let size = Math.abs(value), power = 0;
  while (size >= 1023.5 && power < 5) { size /= 1024; power += 1; }
  return `${figure(Math.sign(value) * size)}${SPACE}${["B", "KiB", "MiB", "GiB", "TiB", "PiB"][power]}`;
}

export function formatValue(value, unit) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "\u2014";
  switch (KINDS[unit.trim().toLowerCase()] || "count") {
    case "percent": return `${figure(value)}${SPACE}%`;
    case "seconds": return seconds(value);
    case "milliseconds": return seconds(value / 1e3);
    case "microseconds": return seconds(value / 1e6);
    case "bytes": return bytes(value);
    case "bytes/s": return `${bytes(value)}/s`;
    case "count/min": return `${figure(value)}/min`;
    case "count/s": return `${figure(value)}/s`;
    case "days": return `${figure(value)}${SPACE}d`;
    default: return figure(value);
  }
}
