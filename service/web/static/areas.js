// The areas' map: corners of the chosen area are dragged, added and removed; the list of corners beside it says the same in words.
(async () => {
  const box = document.getElementById("areas-map"), text = document.getElementById("corners"), chosen = box.dataset.chosen;
  const response = await fetch("/areas/map.json");
  if (!response.ok) return;
  const data = await response.json();
  const map = L.map(box, { zoomSnap: .25, attributionControl: Boolean(data.tiles) });
  if (data.tiles) L.tileLayer(data.tiles, { maxZoom: 18 }).addTo(map);
  const named = (name) => Object.assign(document.createElement("span"), { textContent: name });
  const areas = L.geoJSON(data, {
    style: ({ properties: p }) => ({ color: "#51605a", weight: 1.5, fillColor: p.key === chosen ? "#f3dd9b" : "#dfe6e3", fillOpacity: .7 }),
    onEachFeature: ({ properties: p }, layer) => layer.bindTooltip(named(p.name), { sticky: true }),
  });
  const mine = areas.getLayers().find((l) => l.feature.properties.key === chosen);
  map.fitBounds((mine || areas).getBounds(), { padding: [16, 16] });
  areas.addTo(map);
  for (const [name, lat, lon] of data.places) L.circleMarker([lat, lon], { radius: 3, color: "#0f5b66" }).bindTooltip(named(name)).addTo(map);
  if (!text) return;
  const others = data.features.filter((f) => f.properties.key !== chosen).flatMap((f) => f.geometry.coordinates.flat(f.geometry.type === "Polygon" ? 1 : 2)).map(([lon, lat]) => L.latLng(lat, lon));
  const read = () => text.value.split(/\n\s*\n/).map((ring) => ring.split("\n").map((l) => l.split(/[,;\s]+/).map(Number)).filter((c) => c.length >= 2 && c.slice(0, 2).every(Number.isFinite))).filter((r) => r.length);
  const near = (at) => {  // a neighbour's corner within twelve pixels: two corners that are meant to be one are one
    const here = map.latLngToLayerPoint(at);
    return others.find((o) => map.latLngToLayerPoint(o).distanceTo(here) < 12) || at;
  };
  const handles = L.layerGroup().addTo(map);
  const write = (rings) => { text.value = rings.map((r) => r.map(([lat, lon]) => `${lat.toFixed(5)}, ${lon.toFixed(5)}`).join("\n")).join("\n\n"); show(); };
  const show = () => {
    handles.clearLayers();
    const rings = read();
    L.polygon(rings, { color: "#8f1409", weight: 2.5, fill: false, interactive: false }).addTo(handles);
    rings.forEach((ring, r) => ring.forEach((corner, c) => {
      const dot = (at, size, more) => L.marker(at, { keyboard: false, icon: L.divIcon({ className: size > 10 ? "corner" : "corner-new", iconSize: [size, size] }), ...more }).addTo(handles);
      dot(corner, 14, { draggable: true })
        .on("dragend", (e) => { const at = near(e.target.getLatLng()); ring[c] = [at.lat, at.lng]; write(rings); })
        .on("dblclick", () => { if (ring.length > 3) { ring.splice(c, 1); write(rings); } });
      const next = ring[(c + 1) % ring.length], middle = [(corner[0] + next[0]) / 2, (corner[1] + next[1]) / 2];
      dot(middle, 8, {}).on("click", () => { ring.splice(c + 1, 0, middle); write(rings); });
    }));
  };
  text.addEventListener("input", show);
  show();
})();
