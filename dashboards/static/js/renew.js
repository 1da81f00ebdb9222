// The head and the checks of a component's page, asked for anew while somebody looks.

const address = document.querySelector("[data-renew]").dataset.renew;
let before = "";

async function renew() {
  if (document.hidden) return;
  let text;
  try {
    const response = await fetch(address, { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(8000) });
    if (!response.ok || response.redirected) return; // signed out, or the store is away: what is shown stays
    text = await response.text();
  } catch {
    return;
  }
  if (text === before) return;
  before = text;
  for (const part of new DOMParser().parseFromString(text, "text/html").querySelectorAll("[data-part]")) {
    const old = document.getElementById(part.id);
    if (!old) continue;
    if (old.querySelector("details[open]")) part.querySelector("details")?.setAttribute("open", "");
    const focused = old.contains(document.activeElement);
    old.replaceWith(part);
    if (focused) part.querySelector("summary")?.focus({ preventScroll: true });
  }
}

setInterval(renew, 30_000);
document.addEventListener("visibilitychange", renew);
document.addEventListener("lamplighter:renew", renew);
