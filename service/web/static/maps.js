// What the maps of several pages share: Leaflet, fetched when it is first needed, and words on a map.
"use strict";
window.maps = (() => {
  const load = (tag, attributes) => new Promise((resolve, reject) => {
    const element = Object.assign(document.createElement(tag), attributes);
    element.onload = resolve;
    element.onerror = reject;
    document.head.append(element);
  });
  // panel: an element that says where Leaflet's script and style are.
  const ready = async ({ dataset }) => {
    if (!window.L) await Promise.all([load("link", { rel: "stylesheet", href: dataset.style }), load("script", { src: dataset.script })]);
  };
  const words = (text) => Object.assign(document.createElement("span"), { textContent: text });  // never markup
  // A group of layers that is on the map while that is zoomed in enough. Returns what takes it away for good.
  const whenClose = (map, group, zoom) => {
    const look = () => map.getZoom() >= zoom ? group.addTo(map) : group.remove();
    map.on("zoomend", look);
    look();
    return () => { map.off("zoomend", look); group.remove(); };
  };
  return { ready, words, whenClose };
})();
