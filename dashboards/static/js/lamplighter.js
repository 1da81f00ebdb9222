// What every page does with script: ages that keep counting, live content, keys, the list of shortcuts.
// Without it the pages show times, load anew and are walked by links.

const language = document.documentElement.lang;
const relative = new Intl.RelativeTimeFormat(language, { numeric: "always" });
let ahead = 0; // milliseconds by which the server's clock is ahead of this one

const now = () => Date.now() + ahead;

function age(then) {
  const seconds = Math.round((then - now()) / 1000);
  const size = Math.abs(seconds);
  if (size < 90) return relative.format(Math.min(seconds, 0) || -0, "second");
  if (size < 90 * 60) return relative.format(Math.round(seconds / 60), "minute");
  if (size < 36 * 3600) return relative.format(Math.round(seconds / 3600), "hour");
  return relative.format(Math.round(seconds / 86400), "day");
}

function countAges() {
  for (const time of document.querySelectorAll("time[data-age]")) {
    if (!time.title) time.title = time.textContent.trim();
    const text = age(Date.parse(time.dateTime));
    if (time.textContent !== text) time.textContent = text;
  }
}
countAges();
setInterval(() => document.hidden || countAges(), 1000);

// Live content: htmx polls; here we pause while hidden, spare the swap when nothing changed, and own up to silence.
const live = document.getElementById("live");
if (live) {
  const strip = document.getElementById("stale");
  const known = strip?.querySelector("time");
  let lastGood = Date.now();
  let lastTag = live.dataset.tag || "";
  const reached = (xhr) => {
    const date = Date.parse(xhr.getResponseHeader("Date") || "");
    if (date) ahead = Math.abs(date - Date.now()) > 2000 ? date - Date.now() : 0;
    lastGood = now();
    if (strip) strip.hidden = true;
  };
  const silent = () => {
    if (!strip || document.hidden) return;
    known.dateTime = new Date(lastGood).toISOString();
    strip.hidden = false;
    countAges();
  };
  document.addEventListener("htmx:beforeRequest", (event) => document.hidden && event.preventDefault());
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    if (xhr.status >= 400) return;
    reached(xhr);
    const tag = xhr.getResponseHeader("ETag") || "";
    if (xhr.status === 304 || (tag && tag === lastTag)) event.detail.shouldSwap = false;
    lastTag = tag;
  });
  let unfolded = [];
  document.addEventListener("htmx:beforeSwap", () => {
    unfolded = [...live.querySelectorAll("details[id][open]")].map((each) => each.id);
  });
  document.addEventListener("htmx:afterSwap", () => {
    for (const id of unfolded) document.getElementById(id)?.setAttribute("open", "");
    countAges();
  });
  for (const fault of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) document.addEventListener(fault, silent);
  document.addEventListener("visibilitychange", () => document.hidden || window.htmx?.trigger(live, "refresh"));
}

// On a phone the pages' names are wider than the screen: the open one is to be seen.
document.querySelector(".top nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });

// Keys. One letter each, never while typing, never with Ctrl, Alt or Meta.
const dialog = document.getElementById("keys");
const openHelp = () => dialog.open || dialog.showModal();
for (const button of document.querySelectorAll("[data-help]")) {
  button.hidden = false;
  button.addEventListener("click", openHelp);
}

function step(by) {
  const items = [...document.querySelectorAll("[data-item]")].filter((item) => item.offsetParent);
  if (!items.length) return;
  const at = items.findIndex((item) => item === document.activeElement || item.contains(document.activeElement));
  const next = items[at < 0 ? (by > 0 ? 0 : items.length - 1) : Math.min(Math.max(at + by, 0), items.length - 1)];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

// The acknowledgement of the item that has the focus, or of the only one there is.
function acknowledge() {
  const within = document.activeElement?.closest("[data-row]");
  const buttons = [...(within || document).querySelectorAll("[data-acknowledge]")];
  if (within ? buttons.length : buttons.length === 1) buttons[0].click();
}

let going = 0;
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented || dialog.open) return;
  if (event.target.closest("input, select, textarea, [contenteditable]")) return;
  if (Date.now() - going < 1500) {
    going = 0;
    const place = document.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
    if (place) place.click();
    return;
  }
  switch (event.key) {
    case "g": going = Date.now(); return;
    case "j": step(1); return;
    case "k": step(-1); return;
    case "a": acknowledge(); return;
    case "t": document.querySelector("[data-table]")?.click(); return;
    case "?": openHelp(); return;
  }
});
