// The page: polls for what changed, draws the channel that the address names, sends what is clicked and typed.

import { draw, text, values } from "./blocks.js";
import { el, moment, post } from "./elements.js";
import { message } from "./messages.js";

const POLL = 700;
const GROUP = 300;
const $ = (id) => document.getElementById(id);
const kept = new Map();
let state = null;
let tag = "";
let person = localStorage.getItem("person") || "U0ONCALL01";
let drift = 0;
let openView = "";

const now = () => Date.now() / 1000 + drift;

function place() {
  const [channel, thread] = location.hash.slice(1).split("/");
  const known = state?.channels.some((one) => one.id === channel);
  return { channel: known ? channel : state?.channels[0]?.id, thread: known ? thread : undefined };
}

function room() {
  const people = new Map(state.people.map((one) => [one.id, one]));
  return {
    people,
    channels: new Map(state.channels.map((one) => [one.id, one])),
    pictures: state.pictures,
    outcomes: state.outcomes,
    zone: people.get(person)?.zone || "Asia/Seoul",
    now,
    replies: (one) => state.messages.filter((other) => other.thread_ts === one.ts && other.channel === one.channel),
    click,
  };
}

async function click(one, node, action, block, value = "") {
  if (action.type !== "button" && !value) return;
  if (action.confirm && !(await ask(action.confirm))) return;
  node.classList.add("busy");
  if (!action.url) node.disabled = true;
  try {
    await post("/page/click", { user: person, channel: one.channel, ts: one.ts, action_id: action.action_id, block_id: block.block_id, value });
  } catch (error) {
    $("said").textContent = error.message;
  }
  node.classList.remove("busy");
  node.disabled = false;
  poll();
}

// A confirm object as a dialog; whether it was confirmed.
function ask(confirm) {
  const dialog = $("dialog");
  const style = confirm.style === "danger" ? "danger" : "primary";
  dialog.replaceChildren(
    el(
      "form",
      { method: "dialog" },
      el("h2", {}, text(confirm.title, room())),
      el("div", {}, text(confirm.text, room())),
      el("div", { class: "choices" }, el("button", { class: "button", value: "no" }, text(confirm.deny, room())), el("button", { class: `button ${style}`, value: "yes" }, text(confirm.confirm, room()))),
    ),
  );
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
}

function drawView() {
  const view = state.views[0];
  const dialog = $("dialog");
  if (!view || view.id === openView) {
    if (!view && openView) {
      openView = "";
      dialog.close();
    }
    return;
  }
  openView = view.id;
  const form = el(
    "form",
    {
      onsubmit: async (event) => {
        event.preventDefault();
        await post("/page/submit", { view: view.id, values: values(view.view, form) }).catch((error) => ($("said").textContent = error.message));
        poll();
      },
    },
    el("h2", {}, text(view.view.title, room())),
    draw(view.view.blocks, { ...room(), click: () => {} }),
    el(
      "div",
      { class: "choices" },
      el("button", { type: "button", class: "button", onclick: () => post("/page/close", { view: view.id }).then(poll) }, view.view.close?.text || "Cancel"),
      view.view.submit ? el("button", { class: "button primary" }, view.view.submit.text) : null,
    ),
  );
  dialog.replaceChildren(form);
  dialog.showModal();
}

function drawSide(here) {
  const seen = JSON.parse(localStorage.getItem("seen") || "{}");
  const newest = state.messages.filter((one) => one.channel === here.channel).at(-1);
  if (newest && !document.hidden) localStorage.setItem("seen", JSON.stringify({ ...seen, [here.channel]: newest.ts }));
  const items = state.channels.map((channel) => {
    const fresh = channel.id === here.channel ? 0 : state.messages.filter((one) => one.channel === channel.id && one.ts > (seen[channel.id] || "0")).length;
    const current = channel.id === here.channel ? "page" : undefined;
    return el(
      "li",
      {},
      el("a", { href: `#${channel.id}`, "aria-current": current, class: fresh ? "fresh" : "" }, el("span", {}, channel.archived ? "🗄" : "#"), channel.name, fresh ? el("b", { "aria-label": `${fresh} new` }, String(fresh)) : null),
    );
  });
  $("channels").replaceChildren(...items);
  $("connection").textContent = state.connected ? "App connected" : "No app connected";
  $("connection").className = state.connected ? "yes" : "no";
  if (!$("person").options.length) {
    $("person").append(...state.people.filter((one) => !one.is_bot).map((one) => el("option", { value: one.id, selected: one.id === person }, one.real_name)));
  }
}

function fill(log, messages, options) {
  const here = room();
  const nodes = [];
  let before = null;
  for (const one of messages) {
    const day = moment(one.at, here.zone, { weekday: "long", month: "long", day: "numeric" });
    const firstOfDay = !before || moment(before.at, here.zone, { weekday: "long", month: "long", day: "numeric" }) !== day;
    if (firstOfDay) {
      const today = moment(now(), here.zone, { weekday: "long", month: "long", day: "numeric" }) === day;
      nodes.push(keep(`day ${log.id} ${day} ${today}`, "", () => el("div", { class: "day" }, el("span", {}, today ? "Today" : day))));
    }
    const sameAuthor = before && before.user === one.user && before.username === one.username && before.seen_by === one.seen_by;
    const grouped = Boolean(!firstOfDay && sameAuthor && one.at - before.at < GROUP && !one.blocks);
    const replies = here.replies(one);
    const troubles = Object.entries(state.outcomes).filter(([key]) => key.includes(one.ts));
    const mark = JSON.stringify([one, replies.length, Math.floor(now() / 60), troubles, grouped, person, one.files]);
    nodes.push(keep(`${log.id} ${one.channel} ${one.ts}`, mark, () => message(one, here, { ...options, grouped })));
    before = one;
  }
  if (!nodes.length) nodes.push(el("p", { class: "empty" }, "Nothing was said here yet."));
  // Nodes that did not change stay where they are, so that focus and open details survive.
  nodes.forEach((node, index) => {
    if (log.children[index] !== node) log.insertBefore(node, log.children[index] || null);
  });
  while (log.children.length > nodes.length) log.lastChild.remove();
  toEnd(log);
}

// The end of a log stays in view unless somebody scrolled away from it.
function toEnd(log) {
  if (log.dataset.away !== "yes") log.scrollTop = log.scrollHeight;
}

function keep(key, mark, make) {
  const old = kept.get(key);
  if (old?.mark === mark) return old.node;
  const node = make();
  const details = old?.node.querySelector?.("details");
  if (details?.open) node.querySelector("details")?.setAttribute("open", "");
  kept.set(key, { mark, node });
  return node;
}

function redraw() {
  if (!state) return;
  const here = place();
  const channel = state.channels.find((one) => one.id === here.channel);
  drawSide(here);
  $("name").textContent = `# ${channel.name}`;
  $("topic").textContent = channel.archived ? "This channel is archived." : channel.topic;
  $("line").placeholder = `Message #${channel.name}, or ${state.commands[0] || "/command"} status`;
  document.title = `#${channel.name} · Demo Slack`;
  const said = state.messages.filter((one) => one.channel === channel.id);
  fill($("messages"), said.filter((one) => !one.thread_ts || one.broadcast), {});
  const parent = here.thread && said.find((one) => one.ts === here.thread);
  $("thread").hidden = !parent;
  document.body.classList.toggle("threaded", Boolean(parent));
  if (parent) {
    $("where").textContent = `# ${channel.name}`;
    $("leave").href = `#${channel.id}`;
    fill($("replies"), said.filter((one) => one.ts === parent.ts || one.thread_ts === parent.ts), { inThread: true });
  }
  drawView();
}

async function poll() {
  try {
    const answer = await fetch(`/page/state?user=${encodeURIComponent(person)}`, { headers: tag ? { "If-None-Match": tag } : {}, cache: "no-store" });
    if (answer.status === 200) {
      tag = answer.headers.get("ETag") || "";
      state = await answer.json();
      drift = state.now - Date.now() / 1000;
      redraw();
    }
    document.body.classList.remove("lost");
  } catch {
    document.body.classList.add("lost");
    $("connection").textContent = "Demo Slack has ended";
    $("connection").className = "no";
  }
}

async function send(event, field, thread = "") {
  event.preventDefault();
  const line = field.value.trim();
  if (!line) return;
  $("said").textContent = "";
  field.value = "";
  try {
    const done = await post("/page/say", { user: person, channel: place().channel, line, thread });
    if (done.state && done.state !== "answered") throw new Error(done.state === "not_connected" ? `${line.split(" ")[0]} failed: the app is not connected.` : `${line.split(" ")[0]} failed: the app did not answer.`);
  } catch (error) {
    $("said").textContent = "⚠️ " + error.message;
  }
  poll();
}

for (const log of [$("messages"), $("replies")]) {
  log.addEventListener("scroll", () => (log.dataset.away = log.scrollHeight - log.scrollTop - log.clientHeight > 120 ? "yes" : "no"));
  // A picture grows when it arrives; load does not bubble, so it is caught on its way down.
  log.addEventListener("load", () => toEnd(log), true);
}
$("composer").addEventListener("submit", (event) => send(event, $("line")));
$("answer").addEventListener("submit", (event) => send(event, $("reply"), place().thread));
$("person").addEventListener("change", (event) => {
  person = event.target.value;
  localStorage.setItem("person", person);
  poll();
});
function menu(open) {
  document.body.classList.toggle("menu", open);
  $("menu").setAttribute("aria-expanded", String(open));
}
$("menu").addEventListener("click", () => menu(!document.body.classList.contains("menu")));
$("room").addEventListener("click", (event) => event.target.closest("#menu") || menu(false));
$("dialog").addEventListener("cancel", (event) => {
  if (openView) {
    event.preventDefault();
    post("/page/close", { view: openView }).then(poll);
  }
});
addEventListener("keydown", (event) => event.key === "Escape" && !$("dialog").open && place().thread && (location.hash = place().channel));
addEventListener("hashchange", () => {
  menu(false);
  for (const log of [$("messages"), $("replies")]) log.dataset.away = "no";
  redraw();
});
document.addEventListener("visibilitychange", () => document.hidden || poll());
setInterval(() => document.hidden || poll(), POLL);
poll();
