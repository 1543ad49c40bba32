// Keeps a page's part fresh: asks for it every second and puts it in when it has changed. Without scripts, reloading does it.
"use strict";
const part = document.querySelector("[data-source]");
const live = document.getElementById("live");
let last = "";
async function refresh() {
  try {
    const answer = await fetch(part.dataset.source, { headers: { Accept: "text/html" } });
    if (answer.redirected) { location.reload(); return; }
    if (!answer.ok) throw new Error(answer.status);
    const html = await answer.text();
    if (html !== last) {
      const open = [...part.querySelectorAll("details")].map((d) => d.open);
      part.innerHTML = html;
      part.querySelectorAll("details").forEach((d, i) => { d.open = open[i] ?? false; });
      last = html;
    }
    if (live && live.textContent !== "Uppdateras av sig själv") live.textContent = "Uppdateras av sig själv";
  } catch {
    if (live) live.textContent = "Ingen kontakt med tjänsten – försöker igen";
  }
  setTimeout(refresh, document.hidden ? 5000 : 1000);
}
refresh();
