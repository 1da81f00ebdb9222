// One message: who, when, what it says, its edits, its thread, and what went wrong with a click.

import { attachment, draw } from "./blocks.js";
import { el, moment } from "./elements.js";
import { emoji } from "./emoji.js";
import { ago, mrkdwn } from "./mrkdwn.js";

const TROUBLE = {
  unanswered: "The app did not answer within 3 seconds.",
  not_connected: "The app is not connected.",
  refused: "The app refused the click.",
};

export function message(one, room, { grouped = false, inThread = false } = {}) {
  const author = room.people.get(one.user);
  const name = one.username || author?.real_name || one.user;
  const time = el(
    "a",
    { class: "when", href: `#${one.channel}/${one.thread_ts || one.ts}`, title: moment(one.at, room.zone, { dateStyle: "full", timeStyle: "long" }) },
    moment(one.at, room.zone, { hour: "numeric", minute: "2-digit" }),
  );
  const head = grouped
    ? null
    : el("div", { class: "head" }, el("strong", {}, name), one.bot_id ? el("span", { class: "app" }, "APP") : null, time);
  return el(
    "article",
    { class: `message${grouped ? " grouped" : ""}${one.seen_by ? " hidden" : ""}`, id: `${inThread ? "t" : "m"}-${one.ts}` },
    grouped ? el("div", { class: "gutter" }, time) : el("div", { class: "face", "aria-hidden": "true" }, one.bot_id ? el("img", { src: "/static/icon.svg", alt: "" }) : name[0]),
    el(
      "div",
      { class: "what" },
      one.seen_by ? el("p", { class: "note" }, "👁 Only visible to you") : null,
      head,
      content(one, room),
      (one.files || []).map((file) => picture(file.id, room)),
      edits(one, room),
      trouble(one, room),
      reactions(one),
      inThread ? null : thread(one, room),
    ),
  );
}

function content(one, room) {
  const mine = { ...room, click: (...rest) => room.click(one, ...rest) };
  const words = one.blocks?.length ? draw(one.blocks, mine) : one.text ? [el("div", { class: "b-section" }, el("div", {}, mrkdwn(one.text, room)))] : [];
  return [...words, ...(one.attachments || []).map((item) => attachment(item, mine))];
}

function picture(key, room) {
  if (!(key in room.pictures)) return el("p", { class: "b-context" }, "📄 A file");
  return el("figure", { class: "b-image" }, el("figcaption", {}, room.pictures[key]), el("img", { src: `/files-pri/T-${key}/${key}/picture`, alt: room.pictures[key] }));
}

// "(edited)", and what it said before.
function edits(one, room) {
  if (one.versions.length < 2) return null;
  const older = one.versions.slice(0, -1).map((version) =>
    el("li", {}, el("span", {}, moment(version.at, room.zone, { hour: "numeric", minute: "2-digit", second: "2-digit" })), " ", version.text || "—"),
  );
  return el("details", { class: "edits" }, el("summary", {}, `(edited) · ${one.versions.length} versions`), el("ol", {}, older));
}

function trouble(one, room) {
  const states = new Set(Object.entries(room.outcomes).filter(([key]) => key.startsWith(`${one.channel}/${one.ts}/`)).map(([, state]) => state));
  return [...states].filter((state) => TROUBLE[state]).map((state) => el("p", { class: "trouble", role: "alert" }, "⚠️ " + TROUBLE[state]));
}

function reactions(one) {
  if (!one.reactions?.length) return null;
  return el("p", { class: "reactions" }, one.reactions.map((item) => el("span", {}, `${emoji(item.name)} ${item.count}`)));
}

function thread(one, room) {
  const replies = room.replies(one);
  if (!replies.length) return null;
  const count = `${replies.length} ${replies.length === 1 ? "reply" : "replies"}`;
  return el("a", { class: "replies", href: `#${one.channel}/${one.ts}` }, count, el("span", {}, `Last reply ${ago(room.now() - replies.at(-1).at)}`));
}
