// The areas' map: corners of the chosen area are dragged or moved by keys, added and removed; the list of corners beside it says
// the same in words.
"use strict";
(async () => {
  const box = document.getElementById("areas-map"), text = document.getElementById("corners"), { chosen, leave } = box.dataset;
  const response = await fetch("/areas/map.json");
  if (!response.ok) return;
  const data = await response.json();
  const map = L.map(box, { zoomSnap: .25, zoomAnimation: false, fadeAnimation: false, attributionControl: Boolean(data.tiles) });
  if (data.tiles) L.tileLayer(data.tiles, { maxZoom: 18 }).addTo(map);
  const { words: named } = window.maps;
  const changed = () => text && ("changed" in text.form.dataset || text.value !== text.defaultValue);

  // ---- Areas, what nobody can cross, what a drawing would move, places and open tasks
  for (const [name, z] of [["land", 350], ["water", 360], ["borders", 370]]) {
    map.createPane(name).style.zIndex = z;
  }
  map.getPane("borders").style.pointerEvents = "none";
  const borders = { pane: "borders", interactive: false, fill: false };
  const areas = L.geoJSON(data, {
    pane: "land",
    style: ({ properties: p }) => ({ stroke: false, fillColor: p.key === chosen ? "#f3dd9b" : "#dfe6e3", fillOpacity: data.tiles ? .5 : .9 }),
    onEachFeature: ({ properties: p }, layer) => {
      layer.bindTooltip(named(p.name), { sticky: true });
      if (leave && p.key !== chosen) layer.on("click", () => { if (!changed() || confirm(leave)) location.assign(`/areas?area=${encodeURIComponent(p.key)}`); });
    },
  });
  const mine = areas.getLayers().find((l) => l.feature.properties.key === chosen);
  map.fitBounds((mine || areas).getBounds(), { padding: [40, 40], animate: false });
  areas.addTo(map);
  L.geoJSON(data.barriers, {
    pane: "water", style: { color: "#3d7fb0", weight: 1, fillColor: "#8fbfdf", fillOpacity: .75 },
    onEachFeature: ({ properties: p }, layer) => layer.bindTooltip(named(p.name), { sticky: true }),
  }).addTo(map);
  L.geoJSON(data, { ...borders, style: ({ properties: p }) => ({ color: p.key === chosen ? "#1b2421" : "#51605a", weight: p.key === chosen ? 3 : 1.5 }) }).addTo(map);
  const colours = { won: "#4f9d69", given: "#e8a04c", other: "#8a7bb0", wrong: "#c03a2b" };
  if (box.dataset.shapes) L.geoJSON(JSON.parse(box.dataset.shapes), {
    style: ({ properties: p }) => ({ color: colours[p.kind], weight: 2, fillColor: colours[p.kind], fillOpacity: .6, className: `piece ${p.kind}` }),
    onEachFeature: ({ properties: p }, layer) => layer.bindTooltip(named(p.say), { sticky: true }),
  }).addTo(map);
  for (const [name, lat, lon] of data.places) L.circleMarker([lat, lon], { radius: 3, weight: 1, color: "#51605a" }).bindTooltip(named(name)).addTo(map);
  const spots = new Map();
  for (const pin of data.pins) {
    const key = `${pin.lat},${pin.lon}`;
    spots.set(key, [...(spots.get(key) || []), pin]);
  }
  for (const here of spots.values()) {
    const told = document.createElement("span");
    told.append(...here.slice(0, 8).flatMap((pin) => [pin.say, document.createElement("br")]), here.length > 8 ? `+ ${here.length - 8}` : "");
    L.circleMarker([here[0].lat, here[0].lon], {
      radius: 5 + Math.min(Math.sqrt(here.length) * 2, 12), color: "#fff", weight: 1.5, fillOpacity: 1, fillColor: "#0f5b66", className: "task-pin",
    }).bindTooltip(told).addTo(map);
  }

  // ---- Names, where the area is wide enough for its own
  const names = L.layerGroup().addTo(map);
  const label = () => {
    names.clearLayers();
    for (const layer of areas.getLayers()) {
      const bounds = layer.getBounds(), { name, key } = layer.feature.properties;
      if (!map.getBounds().intersects(bounds)) continue;
      const size = map.latLngToLayerPoint(bounds.getSouthEast()).subtract(map.latLngToLayerPoint(bounds.getNorthWest()));
      // Letters are some seven pixels wide, lines sixteen high; an area fills about half of the rectangle around it.
      const wide = Math.min(size.x * .7, 200), lines = Math.ceil(name.length * 7.5 / wide);
      if (Math.max(...name.split(/\s/).map((word) => word.length)) * 7.5 > wide || lines * 16 > size.y * .5) continue;
      const told = named(name);
      told.style.maxWidth = `${wide}px`;
      L.tooltip({ permanent: true, direction: "center", className: key === chosen ? "area-name of-chosen" : "area-name" })
        .setLatLng(layer.feature.properties.label).setContent(told).addTo(names);
    }
  };
  map.on("moveend resize", label);
  label();
  if (!text) return;

  // ---- Corners
  const MOST = 300, ROOM = 26;  // handles at once; pixels between two of them, for their squares must not meet
  const others = data.features.filter((f) => f.properties.key !== chosen).flatMap((f) => f.geometry.coordinates.flat(f.geometry.type === "Polygon" ? 1 : 2)).map(([lon, lat]) => L.latLng(lat, lon));
  const read = () => text.value.split(/\n\s*\n/).map((ring) => ring.split("\n").map((l) => l.trim().split(/[,;\s]+/).map(Number)).filter((c) => c.length >= 2 && c.slice(0, 2).every(Number.isFinite))).filter((r) => r.length);
  const near = (at) => {  // a neighbour's corner within twelve pixels: two corners that are meant to be one are one
    const here = map.latLngToLayerPoint(at), about = map.getBounds();
    return others.find((o) => about.contains(o) && map.latLngToLayerPoint(o).distanceTo(here) < 12) || at;
  };
  const handles = L.layerGroup().addTo(map), tooClose = document.getElementById("areas-close");
  let rings = read(), outline = null, held = null;  // held: which handle has the focus, as "corner ring number" or "middle ring number"
  const write = (focus) => {
    text.value = rings.map((r) => r.map(([lat, lon]) => `${lat.toFixed(5)}, ${lon.toFixed(5)}`).join("\n")).join("\n\n");
    held = focus;
    show();
  };
  const add = (r, c, at) => { rings[r].splice(c + 1, 0, at); write(`corner ${r} ${c + 1}`); };
  const remove = (r, c) => {
    if (rings[r].length <= 3) return;
    rings[r].splice(c, 1);
    write(`corner ${r} ${Math.min(c, rings[r].length - 1)}`);
  };
  const push = (r, c, [x, y], steps) => {
    const at = map.layerPointToLatLng(map.latLngToLayerPoint(rings[r][c]).add([x * steps, y * steps]));
    rings[r][c] = [at.lat, at.lng];
    map.panInside(at, { padding: [40, 40], animate: false });
    write(`corner ${r} ${c}`);
  };
  const ARROWS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
  const dot = (kind, r, c, at) => {
    const isCorner = kind === "corner";
    const marker = L.marker(at, {
      draggable: isCorner, autoPanOnFocus: false, icon: L.divIcon({ className: isCorner ? "corner" : "corner-new", iconSize: [24, 24] }),
    }).addTo(handles);
    const element = marker.getElement(), name = `${kind} ${r} ${c}`;
    element.setAttribute("aria-label", `${isCorner ? box.dataset.corner : box.dataset.middle} ${c + 1}${r ? ` (${r + 1})` : ""}`);
    element.dataset.handle = name;
    element.addEventListener("keydown", (event) => {
      const arrow = ARROWS[event.key];
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (isCorner && arrow) push(r, c, arrow, event.shiftKey ? 20 : 4);
      else if (isCorner && event.key === "Delete") remove(r, c);
      else if (!isCorner && (event.key === "Enter" || event.key === " ")) add(r, c, at);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    if (!isCorner) return marker.on("click", () => add(r, c, at));
    return marker
      .on("dragend", () => { const to = near(marker.getLatLng()); rings[r][c] = [to.lat, to.lng]; write(); })
      .on("dblclick", (event) => { L.DomEvent.stop(event); remove(r, c); });
  };
  // Where a handle may be: in view, not under the buttons, and not over another handle.
  const places = () => {
    const size = map.getSize(), taken = new Map();
    const cell = (p) => [Math.floor(p.x / ROOM), Math.floor(p.y / ROOM)];
    return (at) => {
      const p = map.latLngToContainerPoint(at);
      if (p.x < 12 || p.y < 12 || p.x > size.x - 12 || p.y > size.y - 12 || (p.x < 60 && p.y < 95)) return "out";
      const [x, y] = cell(p);
      for (let i = x - 1; i <= x + 1; i++) for (let j = y - 1; j <= y + 1; j++)
        if (taken.get(`${i} ${j}`)?.some((q) => Math.abs(q.x - p.x) < ROOM && Math.abs(q.y - p.y) < ROOM)) return "close";
      const here = taken.get(`${x} ${y}`);
      if (here) here.push(p); else taken.set(`${x} ${y}`, [p]);
      return "free";
    };
  };
  const show = () => {
    const focus = held ?? document.activeElement?.dataset?.handle ?? null, free = places();
    held = null;
    handles.clearLayers();
    outline?.remove();
    outline = L.polygon(rings, { color: "#8f1409", weight: 2.5, fill: false, interactive: false }).addTo(map);
    let left = MOST, hidden = false;
    const wanted = [];
    const [kind, fr, fc] = (focus ?? "").split(" ");
    if (kind === "corner" && rings[fr]?.[fc]) wanted.push([Number(fr), Number(fc)]);  // whoever moves a corner keeps it
    rings.forEach((ring, r) => ring.forEach((_, c) => { if (!(wanted[0] && wanted[0][0] === r && wanted[0][1] === c)) wanted.push([r, c]); }));
    const shown = [];
    for (const [r, c] of wanted) {
      const room = left > 0 ? free(rings[r][c]) : map.getBounds().contains(rings[r][c]) ? "close" : "out";
      if (room === "close") hidden = true;
      if (room !== "free") continue;
      left--;
      shown.push(["corner", r, c, rings[r][c]]);
    }
    const real = shown.length;
    for (const [, r, c, corner] of shown.slice(0, real)) {
      const next = rings[r][(c + 1) % rings[r].length], middle = [(corner[0] + next[0]) / 2, (corner[1] + next[1]) / 2];
      if (left > 0 && free(middle) === "free") { left--; shown.push(["middle", r, c, middle]); }
    }
    // In the order of the boundary, so that Tab walks along it.
    shown.sort((a, b) => a[1] - b[1] || a[2] - b[2] || (a[0] < b[0] ? -1 : 1)).forEach((one) => dot(...one));
    tooClose.hidden = !hidden;
    if (focus) [...box.querySelectorAll("[data-handle]")].find((e) => e.dataset.handle === focus)?.focus({ preventScroll: true });
  };
  text.addEventListener("input", () => { rings = read(); show(); });
  map.on("moveend resize", show);
  show();
})();
