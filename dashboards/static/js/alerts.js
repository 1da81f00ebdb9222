// Alerts: what was asked for shows soon after it is done, and a person's look at an alert is noted.

const SOON = 1500, PATIENCE = 20; // milliseconds between looks, and how many of them

let looks = 0;
function watch() {
  if (!document.querySelector("[data-asked]") || looks >= PATIENCE) return;
  looks += 1;
  const live = document.getElementById("live");
  if (live) window.htmx?.trigger(live, "refresh");
  else document.dispatchEvent(new CustomEvent("lamplighter:renew"));
}
setInterval(() => document.hidden || watch(), SOON);

// Whoever follows a link for a preview runs no script: this is a person, who looks at it.
const alert = document.querySelector("[data-opened]");
function looked() {
  if (!alert || document.hidden) return;
  document.removeEventListener("visibilitychange", looked);
  fetch(alert.dataset.opened, { method: "POST", body: new URLSearchParams({ csrf_token: alert.dataset.token }), keepalive: true })
    .catch(() => {}); // that somebody looked is worth knowing, not worth a fault
}
document.addEventListener("visibilitychange", looked);
looked();
