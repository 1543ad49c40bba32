// An address of the desk's form: which of several places it is by a number, and a small map to show it and to point it out on.
"use strict";
(() => {
  const form = document.getElementById("call");
  if (!form) return;
  const changed = (field) => field.dispatchEvent(new Event("change", { bubbles: true }));
  const choicesOf = (name) => document.getElementById(`${name}-choices`);

  // ---- Several places of one name
  const pick = (radio) => {
    if (!radio) return;
    radio.focus();
    if (radio.checked) return;
    radio.checked = true;
    changed(radio);
  };
  form.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const field = event.target, which = field.closest(".which");
    if (which && /^[0-9]$/.test(event.key)) {
      event.preventDefault();
      pick(which.querySelector(`[id$="-pick-${event.key}"]`));
    } else if (event.key === "ArrowDown" && field.dataset.list) {
      const first = choicesOf(field.name).querySelector(".which input");
      if (first) { event.preventDefault(); pick(first); }
    }
  });

  // ---- The map
  const panel = document.getElementById("where-map"), container = panel.querySelector(".where-map");
  const buttons = [...form.querySelectorAll("[data-map]")];
  let map = null, closest = 12, current = buttons[0].dataset.map, spots = null;
  const put = (name, value) => {
    const field = document.getElementById(`${name}-pin`);
    field.value = value;
    changed(field);
  };
  const pointOut = ({ lat, lng }) => {
    put(current, `${lat.toFixed(6)},${lng.toFixed(6)}`);
    draw([{ lat, lon: lng, label: "", precision: "position" }], false);
  };
  const draw = (found, move = true) => {
    if (!map) return;
    spots?.remove();
    spots = L.layerGroup().addTo(map);
    for (const spot of found) {
      const pin = L.circleMarker([spot.lat, spot.lon], { radius: 8, color: "#fff", weight: 2, fillOpacity: 1, fillColor: "#0f5b66" }).addTo(spots);
      if (spot.label) pin.bindTooltip(maps.words(spot.label));
      if (spot.pick) pin.on("click", (event) => {
        L.DomEvent.stop(event);
        pick([...choicesOf(current).querySelectorAll(".which input")].find((radio) => radio.value === spot.pick));
      });
    }
    if (!move || !found.length) return;
    const close = { position: 15, address: 15, street: 14 }[found[0].precision] ?? 12;
    if (found.length === 1) map.setView([found[0].lat, found[0].lon], Math.min(close, closest));
    else map.fitBounds(found.map((s) => [s.lat, s.lon]), { padding: [30, 30], maxZoom: closest });
  };
  const found = () => JSON.parse(choicesOf(current).querySelector("[data-spots]")?.dataset.spots ?? "[]");
  const open = async () => {
    await maps.ready(panel);
    const response = await fetch(panel.dataset.source);
    if (!response.ok || map) return;
    const data = await response.json();
    map = L.map(container, { zoomSnap: .25, zoomAnimation: false, fadeAnimation: false, attributionControl: Boolean(data.tiles) });
    if (data.tiles) { L.tileLayer(data.tiles, { maxZoom: 18 }).addTo(map); closest = 15; }
    const areas = L.geoJSON(data, {
      style: { color: "#51605a", weight: 1.5, fillColor: "#dfe6e3", fillOpacity: data.tiles ? .25 : .85 },
      onEachFeature: ({ properties }, layer) => layer.bindTooltip(maps.words(properties.name), { sticky: true }),
    }).addTo(map);
    if (areas.getLayers().length) map.fitBounds(areas.getBounds(), { padding: [8, 8], animate: false });
    // Without streets beneath, the places' names tell where one is, as soon as there is room for them.
    const names = L.layerGroup();
    for (const place of data.tiles ? [] : data.places) {
      L.circleMarker([place.lat, place.lon], { radius: 3, color: "#51605a", weight: 1, interactive: false })
        .bindTooltip(maps.words(place.name), { permanent: true, direction: "right", className: "place-name" }).addTo(names);
    }
    maps.whenClose(map, names, 11);
    map.on("click", (event) => pointOut(event.latlng));
    container.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.target !== container || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      pointOut(map.getCenter());
    });
  };
  const show = async (button, wanted) => {
    current = button.dataset.map;
    panel.hidden = !wanted;
    button.setAttribute("aria-expanded", String(wanted));
    if (!wanted) return document.getElementById(current).focus();
    await open();
    map?.invalidateSize();
    draw(found());
    container.focus();
  };
  for (const button of buttons) {
    button.hidden = false;
    button.addEventListener("click", () => show(button, panel.hidden || current !== button.dataset.map));
  }
  // Alt+M and Alt+O wherever the hands are; in a field with an address, the map of that one.
  document.addEventListener("keydown", (event) => {
    if (!event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.code === "KeyO") { event.preventDefault(); form.querySelector("[data-online]")?.click(); }
    if (event.code !== "KeyM") return;
    event.preventDefault();
    (buttons.find((button) => button.dataset.map === event.target.name) ?? buttons.find((button) => button.dataset.map === current)).click();
  });
  form.addEventListener("click", (event) => {
    const name = event.target.dataset?.unpin;
    if (!name) return;
    document.getElementById(name).focus();
    put(name, "");
  });
  document.body.addEventListener("htmx:oobAfterSwap", (event) => {
    if (event.detail.target.id === `${current}-choices`) draw(found());
    // The button that asked online is gone: what it has brought is where one goes on.
    const at = event.detail.target.id;
    if (document.activeElement === document.body && at.endsWith("-choices"))
      (event.detail.target.querySelector(".which input") ?? document.getElementById(at.replace(/-choices$/, "")))?.focus();
  });
})();
