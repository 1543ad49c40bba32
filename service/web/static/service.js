// The service groups' inbox follows what happens, and never takes away a form that somebody is writing in.
"use strict";
(() => {
  const inbox = document.getElementById("inbox");
  if (!inbox) return;
  let waiting = false;

  const writing = () => [...inbox.querySelectorAll("textarea")].some((t) => t.value.trim() !== "" || t === document.activeElement);

  const reread = async () => {
    waiting = false;
    const response = await fetch("/service", { headers: { "X-Requested-With": "reread" } });
    if (!response.ok || response.redirected) { location.assign("/service"); return; }
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html").getElementById("inbox");
    if (!fresh) { location.assign("/service"); return; }
    const focused = inbox.contains(document.activeElement) && document.activeElement.closest("article")?.id;
    const open = new Set([...inbox.querySelectorAll("details[open] textarea")].map((t) => t.id));
    const more = Number(fresh.dataset.asked) > Number(inbox.dataset.asked);
    inbox.replaceChildren(...fresh.childNodes);
    inbox.dataset.asked = fresh.dataset.asked;
    for (const area of inbox.querySelectorAll("textarea")) if (open.has(area.id)) area.closest("details").open = true;
    if (focused) document.getElementById(focused)?.focus();
    document.dispatchEvent(new Event("htmx:afterSettle"));  // the clocks of the new cards tick
    if (more) window.announce(inbox.dataset.news);
  };

  const changed = () => {
    if (!writing()) { reread(); return; }
    waiting = true;
    document.getElementById("news").hidden = false;
  };

  inbox.addEventListener("click", (event) => { if (event.target.id === "news-button") reread(); });
  inbox.addEventListener("focusout", () => { setTimeout(() => { if (waiting && !writing()) reread(); }, 0); });

  const source = new EventSource(inbox.dataset.stream);
  source.addEventListener("changed", changed);
  source.addEventListener("reread", changed);
})();
