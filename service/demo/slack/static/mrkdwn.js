// Slack's mrkdwn as elements: bold, italic, strike, code, quotes, links, mentions, dates, emoji.

import { el, link, moment } from "./elements.js";
import { emoji } from "./emoji.js";

const INLINE = /`([^`\n]+)`|<([^<>\n]+)>|:([a-z0-9_+-]+):|(?<![\p{L}\p{N}])(?:\*(\S(?:[^*\n]*\S)?)\*|_(\S(?:[^_\n]*\S)?)_|~(\S(?:[^~\n]*\S)?)~)(?![\p{L}\p{N}])/gu;
const DATES = {
  date_num: { year: "numeric", month: "2-digit", day: "2-digit" },
  date: { year: "numeric", month: "long", day: "numeric" },
  date_short: { year: "numeric", month: "short", day: "numeric" },
  date_long: { weekday: "long", year: "numeric", month: "long", day: "numeric" },
  time: { hour: "numeric", minute: "2-digit" },
  time_secs: { hour: "numeric", minute: "2-digit", second: "2-digit" },
};

function plain(text) {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

// Text of several lines, as a list of nodes.
export function mrkdwn(text, room) {
  return text.split(/```/).flatMap((part, place, parts) => {
    if (place % 2 && place < parts.length - 1) return [el("pre", {}, plain(part.replace(/^\n|\n$/g, "")))];
    return lines(place % 2 ? "```" + part : part, room);
  });
}

function lines(text, room) {
  const nodes = [];
  let quote = null;
  text.split("\n").forEach((line, place, all) => {
    const quoted = line.match(/^(?:&gt;|>)\s?(.*)$/);
    if (quoted) {
      if (quote) quote.append(el("br"));
      else nodes.push((quote = el("blockquote")));
      quote.append(...inline(quoted[1], room));
      return;
    }
    if (place && !quote) nodes.push(el("br"));
    quote = null;
    nodes.push(...inline(line, room));
    if (place === all.length - 1 && !line && nodes.at(-1)?.tagName === "BR") nodes.pop();
  });
  return nodes;
}

export function inline(text, room) {
  const nodes = [];
  let end = 0;
  for (const found of text.matchAll(INLINE)) {
    nodes.push(plain(text.slice(end, found.index)));
    end = found.index + found[0].length;
    const [whole, code, angle, short, bold, italic, strike] = found;
    if (code) nodes.push(el("code", {}, plain(code)));
    else if (angle) nodes.push(reference(angle, whole, room));
    else if (short) nodes.push(emoji(short));
    else if (bold) nodes.push(el("strong", {}, inline(bold, room)));
    else if (italic) nodes.push(el("em", {}, inline(italic, room)));
    else nodes.push(el("s", {}, inline(strike, room)));
  }
  nodes.push(plain(text.slice(end)));
  return nodes.filter((node) => node !== "");
}

function reference(content, whole, room) {
  const [target, label] = content.split("|", 2);
  if (target.startsWith("!date^")) return date(content, room);
  if (target.startsWith("@")) return mention("@" + (room.people.get(target.slice(1))?.name || label || target.slice(1)));
  if (target.startsWith("#")) {
    const name = room.channels.get(target.slice(1))?.name || label || target.slice(1);
    return el("a", { class: "mention", href: "#" + target.slice(1) }, "#" + name);
  }
  if (target.startsWith("!")) return mention(label || "@" + target.slice(1).split("^")[0]);
  if (/^(https?:|mailto:)/i.test(target)) return link(plain(target), plain(label || target.replace(/^mailto:/i, "")));
  return plain(whole);
}

export function mention(name) {
  return el("span", { class: "mention" }, name);
}

// <!date^SECONDS^FORMAT^LINK|FALLBACK>
export function date(content, room) {
  const bar = content.indexOf("|");
  const [, seconds, format, address] = (bar < 0 ? content : content.slice(0, bar)).split("^");
  const at = Number(seconds);
  const fallback = bar < 0 ? seconds : content.slice(bar + 1);
  if (!Number.isFinite(at) || !format) return plain(fallback);
  const shown = plain(format).replace(/\{([a-z_]+)\}/g, (token, name) => part(name, at, room) ?? token);
  const title = moment(at, room.zone, { dateStyle: "full", timeStyle: "long" });
  const node = el("time", { datetime: new Date(at * 1000).toISOString(), title }, shown);
  return address ? link(plain(address), node) : node;
}

function part(name, at, room) {
  if (name === "ago") return ago(room.now() - at);
  const base = name.replace("_pretty", "");
  if (name.endsWith("_pretty")) {
    const day = (seconds) => moment(seconds, room.zone, DATES.date_num);
    if (day(at) === day(room.now())) return "today";
    if (day(at) === day(room.now() - 86400)) return "yesterday";
    if (day(at) === day(room.now() + 86400)) return "tomorrow";
  }
  return DATES[base] && moment(at, room.zone, DATES[base]);
}

export function ago(seconds) {
  const [count, unit] = seconds < 3600 ? [seconds / 60, "minute"] : seconds < 86400 ? [seconds / 3600, "hour"] : [seconds / 86400, "day"];
  const whole = Math.floor(Math.max(0, count));
  if (!whole && unit === "minute") return "just now";
  return `${whole} ${unit}${whole === 1 ? "" : "s"} ago`;
}
