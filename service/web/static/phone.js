// The demo's phone: its thread is fetched again and again while the page is looked at.
"use strict";
(() => {
  const list = document.querySelector("[data-source]"), live = document.getElementById("live");
  const refresh = async () => {
    if (document.hidden) return;
    try {
      const response = await fetch(list.dataset.source, { headers: { "HX-Request": "true" } });
      if (!response.ok) throw new Error(response.status);
      const text = await response.text();
      if (text !== list.dataset.last) { list.innerHTML = text; list.dataset.last = text; }
      live.textContent = "Uppdateras av sig självt";
    } catch { live.textContent = "Ingen kontakt med servern"; }
  };
  setInterval(refresh, 1000);
  document.addEventListener("visibilitychange", refresh);
})();
