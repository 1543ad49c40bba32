// The board at work: what the stream sends is put in its place, keys move, a task opens beside the columns, the map is drawn.
"use strict";
(() => {
  const board = document.getElementById("board");
  if (!board) return;
  const drawer = document.getElementById("drawer"), state = document.getElementById("live-state");
  const laneOf = (name) => board.querySelector(`.lane[data-lane="${name}"]`);
  const cards = (lane) => [...lane.querySelectorAll(".card")];

  // ---- What has changed
  const LIMIT = Number(board.dataset.limit), LEAST = Math.ceil(LIMIT * .6), MOST = LIMIT * 2;  // cards that a column shows
  // Several may wait for the same moment, such as seven in the morning: then the smaller number stands first, as in the database.
  const idOf = (card) => BigInt(card.id.slice(1));
  const stands = (card, other) => Number(card.dataset.at) - Number(other.dataset.at) || (idOf(card) < idOf(other) ? -1 : 1);

  const place = (card) => {
    const lane = laneOf(card.dataset.lane);
    const old = document.getElementById(card.id);
    const hadFocus = old && old.contains(document.activeElement);
    if (old && old.classList.contains("open-now")) card.classList.add("open-now");
    const moved = !old || !lane || old.dataset.lane !== card.dataset.lane;
    if (lane) {
      const list = lane.querySelector(".cards");
      const before = [...list.children].find((c) => c !== old && stands(card, c) < 0) || null;
      const hidden = !lane.querySelector(".more").hidden && before === null;  // its place is below what is shown
      if (!hidden) {
        list.insertBefore(card, before);
        if (moved) card.classList.add("fresh");
      }
    }
    if (old) old.remove();
    if (hadFocus) focusOn(card.id);
  };

  const focusOn = (id) => (document.getElementById(id) || board.querySelector(".card"))?.querySelector("a").focus();

  const count = (counts) => {
    for (const [name, n] of Object.entries(counts)) {
      const lane = laneOf(name);
      if (!lane) continue;
      for (const card of cards(lane).slice(MOST)) card.remove();
      const shown = cards(lane).length, number = lane.querySelector(".count");
      number.textContent = n;
      number.classList.toggle("zero", n === 0);
      lane.querySelector(".empty").hidden = n > 0;
      lane.querySelector(".more").hidden = n <= shown;
      // Most of those shown have gone and others wait below; or yesterday's are still here.
      if (shown < Math.min(n, LEAST) || shown > n) rereadSoon(Math.random() * 1000);
    }
    const human = counts.human || 0;
    document.title = document.title.replace(/^([^(·]*?)( \(\d+\))?( ·.*)?$/, (_, name, __, rest) => `${name.trim()}${human ? ` (${human})` : ""}${rest || ""}`);
  };

  let whileReading = null;  // news that came while everything was read anew: what was read may be older
  const change = (news) => {
    if (whileReading) { whileReading.push(news); return; }
    const parsed = document.createElement("template");
    parsed.innerHTML = news.cards;
    const arrived = [...parsed.content.querySelectorAll(".card")];
    const alarms = arrived.filter((c) => c.dataset.lane === "human" && document.getElementById(c.id)?.dataset.lane !== "human");
    for (const card of arrived) place(card);
    for (const id of news.gone) {
      const card = document.getElementById(id), hadFocus = card?.contains(document.activeElement);
      card?.remove();
      if (hadFocus) focusOn("");
    }
    count(news.counts);
    announce(alarms.filter((c) => c.isConnected));
    const open = drawer.querySelector("[data-task]");
    if (open && (arrived.some((c) => c.id === open.dataset.task) || news.gone.includes(open.dataset.task))) refreshDrawer();
    drawMapSoon();
    document.dispatchEvent(new Event("htmx:afterSettle"));
  };

  const numberOf = (lane) => Number(lane.querySelector(".count").textContent);
  const announce = (alarms) => {
    if (!alarms.length) return;
    const lane = laneOf("human").querySelector("h2").innerText.replace(/\s+\d+$/, "");
    window.announce(`${lane}: ${alarms[0].querySelector("a").textContent}${alarms.length > 1 ? ` +${alarms.length - 1}` : ""}`);
  };

  // Everything is read anew after the connection was cut for long: the table is the truth, not what was heard of it.
  const AGAIN = 4000;  // milliseconds, and up to as many more, so that not all boards ask at once
  let soon = null;
  const rereadSoon = (wait) => { soon ??= setTimeout(() => { soon = null; reread(); }, wait); };
  const reread = async () => {
    if (whileReading) { rereadSoon(500); return; }
    whileReading = [];
    let fresh = null;
    try { fresh = await readBoard(); } catch { /* the service, or the network, is away */ }
    const news = whileReading;
    whileReading = null;
    if (fresh) show(fresh); else rereadSoon(AGAIN * (1 + Math.random()));
    for (const each of news) change(each);
    if (fresh) refreshDrawer();
  };
  const readBoard = async () => {
    const response = await fetch(location.href, { headers: { "X-Requested-With": "reread" } });
    if (response.redirected || [401, 403, 404].includes(response.status)) location.reload();  // signed out
    return response.ok && !response.redirected ? new DOMParser().parseFromString(await response.text(), "text/html") : null;
  };
  const show = (fresh) => {
    const focused = document.activeElement?.closest?.(".card")?.id;
    const open = board.querySelector(".open-now")?.id;
    const waited = laneOf("human") && { ids: new Set(cards(laneOf("human")).map((c) => c.id)), n: numberOf(laneOf("human")) };
    for (const lane of board.querySelectorAll(".lane")) {
      const now = fresh.querySelector(`.lane[data-lane="${lane.dataset.lane}"]`);
      if (now) lane.replaceChildren(...now.childNodes);
    }
    document.title = fresh.title;
    document.getElementById(open)?.classList.add("open-now");
    if (focused) focusOn(focused);
    // What has come to wait meanwhile is said, too; cards that only moved up into sight are no news.
    if (waited && numberOf(laneOf("human")) > waited.n) announce(cards(laneOf("human")).filter((c) => !waited.ids.has(c.id)));
    document.dispatchEvent(new Event("htmx:afterSettle"));
    drawMapSoon();
  };

  const seen = (position) => {  // where to go on from when the stream must be opened anew
    const url = new URL(board.getAttribute("sse-connect"), location.href);
    url.searchParams.set("since", position);
    board.setAttribute("sse-connect", url.pathname + url.search);
  };

  // The service says again and again that it is there. A connection that a sleeping machine or a router has forgotten stays
  // open for the browser: it is closed here, which htmx takes for a cut.
  const SILENCE = Number(board.dataset.heartbeat) * 2500;  // milliseconds
  let source = null, heardAt = 0;
  const listen = (name, does) => source.addEventListener(name, (event) => {
    heardAt = Date.now();
    if (event.lastEventId) seen(event.lastEventId);
    does(event);
  });
  document.body.addEventListener("htmx:sseOpen", (event) => {
    state.textContent = state.dataset.live;
    state.className = "on";
    heardAt = Date.now();
    if (source === event.detail.source) return;  // the browser itself has opened it again
    source = event.detail.source;
    listen("cards", (e) => change(JSON.parse(e.data)));
    listen("reread", reread);
    listen("at", () => {});
    listen("map", () => drawMapSoon());
    listen("calls", (e) => {
      const notice = document.getElementById("calls");
      if (notice) { notice.hidden = e.data === "0"; document.getElementById("calls-count").textContent = e.data; }
    });
    listen("carriers", (e) => {
      const list = document.getElementById("carriers");
      if (list) list.innerHTML = e.data;
    });
  });
  document.body.addEventListener("htmx:sseError", (event) => {
    if (state.className !== "off") state.textContent = state.dataset.lost;
    state.className = "off";
    // Refused rather than cut: whoever is signed out is sent to the sign-in by this.
    if (event.detail.source?.readyState === EventSource.CLOSED) rereadSoon(AGAIN);
  });
  setInterval(() => {
    if (!source || source.readyState !== EventSource.OPEN || Date.now() - heardAt < SILENCE) return;
    source.close();
    source.onerror(new Event("error"));
  }, 1000);

  // ---- One task beside the board
  const TO_READ = 10_000;  // milliseconds that the answer to an action stays, though the change itself comes by the stream at once
  let cameFrom = null, saidAt = 0;
  const openTask = async (card) => {
    const link = card.querySelector("a");
    cameFrom = card.id;
    for (const other of board.querySelectorAll(".open-now")) other.classList.remove("open-now");
    card.classList.add("open-now");
    drawer.hidden = false;
    await htmx.ajax("GET", link.getAttribute("href"), { target: drawer, swap: "innerHTML" });
    drawer.focus();
  };
  const closeDrawer = () => {
    drawer.hidden = true;
    drawer.replaceChildren();
    for (const card of board.querySelectorAll(".open-now")) card.classList.remove("open-now");
    const back = document.getElementById(cameFrom) || board.querySelector(".card");
    back?.querySelector("a").focus();
  };
  // Something written, or a problem that must be read first: not taken away by what happens meanwhile.
  const typing = () => drawer.querySelector('[role="alert"]') || [...drawer.querySelectorAll("input:not([type=hidden]), textarea, select")].some((f) =>
    f.type === "checkbox" || f.type === "radio" ? f.checked !== f.defaultChecked
      : f.tagName === "SELECT" ? f.selectedIndex !== Math.max([...f.options].findIndex((o) => o.defaultSelected), 0) : f.value !== f.defaultValue);
  const refreshDrawer = () => {
    const open = drawer.querySelector("[data-task]");
    if (!open || drawer.hidden) return;
    const notice = drawer.querySelector(".changed-since");
    if (typing()) { if (notice) notice.hidden = false; return; }
    const opened = [...drawer.querySelectorAll("details[open]")].map((d) => d.id), top = drawer.scrollTop;
    const focused = drawer.contains(document.activeElement) ? document.activeElement : null;
    const said = Date.now() - saidAt < TO_READ ? drawer.querySelector(".success") : null;
    htmx.ajax("GET", open.dataset.source, { target: drawer, swap: "innerHTML" }).then(() => {
      for (const id of opened) { const d = id && document.getElementById(id); if (d) d.open = true; }
      if (said) drawer.querySelector(".headline")?.after(said);
      drawer.scrollTop = top;
      if (focused) (focused === said ? said : focused.id && document.getElementById(focused.id) || drawer).focus({ preventScroll: true });
    });
  };
  board.addEventListener("click", (event) => {
    const card = event.target.closest(".card");
    if (!card || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
    event.preventDefault();
    openTask(card);
  });
  drawer.addEventListener("click", (event) => { if (event.target.closest("[data-close]")) { event.preventDefault(); closeDrawer(); } });
  // A form that was refused as a whole, or did not get through: that is said above it, and what was typed stays.
  const notDone = (part) => {
    drawer.querySelector(".fault")?.remove();
    const fault = part || Object.assign(document.createElement("p"), { textContent: drawer.dataset.unsent });
    fault.className = "warning fault";
    fault.setAttribute("role", "alert");
    fault.tabIndex = -1;
    drawer.prepend(fault);
    fault.focus();
  };
  drawer.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, requestConfig } = event.detail;
    if (requestConfig.verb !== "post" || (xhr.status !== 403 && xhr.status < 500)) return;
    event.detail.shouldSwap = false;
    notDone(new DOMParser().parseFromString(xhr.responseText, "text/html").querySelector("article p"));
  });
  drawer.addEventListener("htmx:sendError", (event) => { if (event.detail.requestConfig.verb === "post") notDone(null); });
  drawer.addEventListener("htmx:afterSwap", () => {
    drawer.querySelector(".fault")?.remove();
    const said = drawer.querySelector('[role="alert"]') || drawer.querySelector(".success");
    const field = drawer.querySelector("[aria-invalid]");  // what is wrong is read aloud with the field that it stands beside
    if (field) { field.focus({ preventScroll: true }); (field.closest("details") || field).scrollIntoView({ block: "nearest" }); }
    else if (said) { said.setAttribute("tabindex", "-1"); said.focus(); }  // the button that was pressed is gone
    if (drawer.querySelector(".success")) saidAt = Date.now();
  });

  // ---- Keys
  const move = (step) => {
    const all = cards(board), at = all.indexOf(document.activeElement?.closest?.(".card") || document.getElementById(cameFrom));
    const next = all[Math.min(Math.max(at + step, 0), all.length - 1)];
    next?.querySelector("a").focus();
  };
  const moveLane = (step) => {
    const lanes = [...board.querySelectorAll(".lane")].filter((l) => cards(l).length);
    const here = lanes.indexOf(document.activeElement?.closest?.(".lane"));
    const next = lanes[Math.min(Math.max(here + step, 0), lanes.length - 1)];
    if (next) cards(next)[0].querySelector("a").focus();
  };
  const keys = document.getElementById("keys"), mapButton = document.getElementById("map-button");
  const keysButton = document.getElementById("keys-button");
  keysButton.hidden = mapButton.hidden = false;
  keysButton.addEventListener("click", () => keys.showModal());
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || keys.open) return;
    if (event.key === "Escape" && !drawer.hidden) { event.preventDefault(); closeDrawer(); return; }
    if (event.target.closest("input, select, textarea, [contenteditable]")) return;
    const does = {
      j: () => move(1), k: () => move(-1), h: () => moveLane(-1), l: () => moveLane(1), m: () => mapButton.click(),
      "/": () => document.getElementById("q").focus(), "?": () => keys.showModal(),
    }[event.key];
    if (does) { event.preventDefault(); does(); }
  });

  // ---- Filters: chosen is shown at once
  for (const select of document.querySelectorAll("#filters select")) select.addEventListener("change", () => select.form.requestSubmit());

  // ---- Map: areas by what waits longest, and where tasks are; nothing is fetched from elsewhere unless a tile server is set
  const panel = document.getElementById("map-panel"), NAMES = 10.5;  // the zoom from which there is room for names
  let map = null, drawn = [], timer = null;
  const colour = (minutes) => (minutes === null ? "#dfe6e3" : minutes < 15 ? "#f3dd9b" : minutes < 60 ? "#e8a04c" : "#c03a2b");
  const openMap = (tiles) => {
    map = L.map("map", { zoomSnap: .25, attributionControl: Boolean(tiles) });
    if (tiles) L.tileLayer(tiles, { maxZoom: 18 }).addTo(map);
    // From below: areas (Leaflet's own, 400), water, boundaries, names, pins, and what is said of one (Leaflet's own, 650).
    ["water", "boundaries", "names", "pins"].forEach((name, at) => { map.createPane(name).style.zIndex = 410 + at * 10; });
  };
  const drawAreas = (data, words) => L.geoJSON(data, {
    style: ({ properties }) => ({ stroke: false, fillColor: colour(properties.minutes), fillOpacity: data.tiles ? .5 : 1 }),
    onEachFeature: ({ properties: p }, layer) => {
      layer.bindTooltip(maps.words(`${p.name}: ${p.open ? `${p.open} ${words.waits}, ${p.minutes} ${words.minutes}` : words.none}`), { sticky: true });
      layer.on("click", () => { const area = document.getElementById("area"); if (area) { area.value = p.key; area.form.requestSubmit(); } });
    },
  });
  const drawPins = (data, words) => {
    const pins = L.layerGroup(), spots = new Map();
    for (const pin of data.pins) {
      const key = `${pin.lat},${pin.lon}`;
      spots.set(key, [...(spots.get(key) || []), pin]);
    }
    for (const here of spots.values()) {
      const urgent = here.some((p) => p.urgency === "emergency" || p.lane === "human"), outside = here.some((p) => p.outside);
      const where = [here[0].place, outside && words.outside].filter(Boolean).join(", ");
      const text = `${where ? `${where}: ` : ""}${here.slice(0, 8).map((p) => p.code).join(", ")}${here.length > 8 ? " …" : ""}`;
      const ink = urgent ? "#8f1409" : "#0f5b66";
      L.circleMarker([here[0].lat, here[0].lon], {
        pane: "pins", radius: 5 + Math.min(Math.sqrt(here.length) * 2, 12), fillOpacity: 1,
        ...(outside ? { color: ink, weight: 3, fillColor: "#fff" } : { color: "#fff", weight: 1.5, fillColor: ink }),
      }).bindTooltip(maps.words(text)).addTo(pins);
    }
    return pins;
  };
  const drawNames = (data) => L.layerGroup(data.features.map(({ properties: p }) =>
    L.tooltip(p.label, { pane: "names", content: maps.words(p.name), permanent: true, direction: "center", className: "area-name" })));
  const drawMap = async () => {
    if (panel.hidden) return;
    const response = await fetch(panel.dataset.source);
    if (!response.ok) return;
    const data = await response.json(), isNew = !map;
    if (isNew) openMap(data.tiles);
    const areas = drawAreas(data, panel.dataset), pins = drawPins(data, panel.dataset), still = { interactive: false, fill: false };
    if (isNew) {
      const around = areas.getBounds(), near = around.pad(.3);  // what is farther outside is found by moving the map
      for (const pin of data.pins) if (near.contains(pin)) around.extend(pin);
      map.fitBounds(around, { padding: [8, 8] });
    }
    for (const remove of drawn) remove();
    const water = L.geoJSON(data.barriers, {
      pane: "water", interactive: false,
      style: ({ geometry }) => ({ color: "#2f6fa8", weight: geometry.type.endsWith("LineString") ? 3 : 1, fillColor: "#a9cfea", fillOpacity: data.tiles ? .3 : 1 }),
    });
    const boundaries = L.geoJSON(data, { pane: "boundaries", style: { ...still, color: "#51605a", weight: 1.5 }, ...still });
    drawn = [areas, water, boundaries, pins].map((layer) => { layer.addTo(map); return () => layer.remove(); });
    drawn.push(maps.whenClose(map, drawNames(data), NAMES));
  };
  const drawMapSoon = () => { if (map && !timer) timer = setTimeout(() => { timer = null; drawMap(); }, 2000); };
  const showMap = async (shown) => {
    panel.hidden = !shown;
    mapButton.setAttribute("aria-expanded", String(shown));
    try { localStorage.setItem("map", shown ? "1" : ""); } catch { /* a browser that keeps nothing */ }
    if (!shown) return;
    await maps.ready(panel);
    await drawMap();
    map?.invalidateSize();
  };
  mapButton.addEventListener("click", () => showMap(panel.hidden));
  try { if (localStorage.getItem("map")) showMap(true); } catch { /* as above */ }
})();
