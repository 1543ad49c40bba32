// Times that tick, on the program's clock: the page says what time it was when it was made, and how fast time goes.
"use strict";
(() => {
  const clock = document.querySelector('meta[name="clock"]');
  const madeAt = Date.parse(clock.content), speed = Number(clock.dataset.speed) || 0, loadedAt = Date.now();
  const language = document.documentElement.lang;
  const long = new Intl.RelativeTimeFormat(language, { numeric: "always" });
  const short = new Intl.RelativeTimeFormat(language, { numeric: "always", style: "short" });  // on cards, where room is scarce
  const now = () => madeAt + (Date.now() - loadedAt) * speed;

  const words = (seconds, relative) => {
    const size = Math.abs(seconds);
    if (size < 90) return relative.format(Math.round(seconds), "second");
    if (size < 5400) return relative.format(Math.round(seconds / 60), "minute");
    if (size < 129600) return relative.format(Math.round(seconds / 3600), "hour");
    return relative.format(Math.round(seconds / 86400), "day");
  };

  const tick = () => {
    const at = now();
    for (const time of document.querySelectorAll("time.ago, time.until")) {
      const seconds = (Date.parse(time.dateTime) - at) / 1000;
      const late = time.classList.contains("until") && seconds <= 0;
      // The server's words stay while they are as exact: "just now" and "now" need no counting.
      const text = late ? (language === "sv" ? "nu" : "now") : time.classList.contains("ago") && seconds > -60 ? null : words(seconds, time.closest(".card") ? short : long);
      if (text !== null && time.textContent !== text) time.textContent = text;
      time.classList.toggle("soon", time.classList.contains("until") && seconds < 300);
    }
  };

  if (speed) setInterval(tick, 1000);
  document.addEventListener("htmx:afterSettle", tick);
  tick();

  // What has changed is announced once, politely, for those who do not see it.
  window.announce = (text) => { document.getElementById("announce").textContent = text; };

  // Whoever signs out leaves nothing behind in the browser.
  document.querySelector('form[action="/logout"]')?.addEventListener("submit", () => sessionStorage.clear());

  // An open menu closes by Escape, and by a click elsewhere.
  const menu = document.querySelector("details.more");
  document.addEventListener("click", (event) => { if (menu && !menu.contains(event.target)) menu.open = false; });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu?.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  // Forms that must not be sent twice by an impatient hand; a page that comes back from the browser's cache is usable again.
  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (button && !event.defaultPrevented) setTimeout(() => { button.disabled = true; }, 0);
  });
  addEventListener("pageshow", () => { for (const b of document.querySelectorAll("button[disabled]")) b.disabled = false; });
  document.addEventListener("htmx:afterRequest", () => { for (const b of document.querySelectorAll("button[disabled]")) b.disabled = false; });
})();
