// The operator's desk: what is known fills empty fields, places are found by arrow keys, lists keep up, Ctrl+Enter saves.
"use strict";
(() => {
  const form = document.getElementById("call");
  const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const KEPT = "call";
  document.querySelector("[autofocus]")?.focus();
  if (document.querySelector(".aloud")) sessionStorage.removeItem(KEPT);  // it has been saved

  // ---- One call
  if (form) {
    document.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); form.requestSubmit(document.getElementById("save")); }
    });

    // A problem that has been dealt with is a problem no longer.
    form.addEventListener("input", (event) => {
      const field = event.target;
      if (field.getAttribute("aria-invalid")) field.removeAttribute("aria-invalid");
      if (field.id === "danger-yes") window.announce(document.getElementById("alarm-words").textContent.trim());
    });

    // What we know fills what is empty, and goes again when the number turns out to be another's. What was typed stays.
    const filled = {};
    const fill = () => {
      const known = document.getElementById("known");
      for (const name of ["name", "address"]) {
        const field = document.getElementById(name), value = known?.dataset[name] || "";
        // A part of the name by which somebody was found is not what was meant to be kept.
        const found = name === "name" && document.getElementById("person") && fold(value).includes(fold(field.value));
        if (field.value !== "" && field.value !== filled[name] && !found) continue;
        if (field.value === value) continue;
        field.value = filled[name] = value;
        if (field === document.activeElement) field.select();  // typing on replaces it
      }
    };
    const before = document.getElementById("known");
    if (before) for (const name of ["name", "address"]) filled[name] = before.dataset[name];
    document.body.addEventListener("htmx:oobAfterSwap", (event) => {
      if (event.detail.target.id !== "caller") return;
      if (document.activeElement === document.body) document.querySelector("#caller input")?.focus();
      fill();
    });

    // ---- A call that is being typed outlives this page: a session that ends, a database that is away, a look at the board.
    // It is kept in this tab only, for this account only, until it has been saved or signed out from (page.js).
    const keep = () => {
      const typed = Object.fromEntries([...new FormData(form)].filter(([name]) => name !== "csrf" && name !== "sure"));
      const said = Object.entries(typed).some(([name, value]) => name !== "form" && value.trim() !== "" && value !== "no");
      if (said) sessionStorage.setItem(KEPT, JSON.stringify({ account: form.dataset.account, at: document.activeElement.id, typed }));
      else sessionStorage.removeItem(KEPT);
    };
    const restore = () => {
      const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
      if (kept?.account !== form.dataset.account) return sessionStorage.removeItem(KEPT);
      // Whom the operator has recognised, and which place was picked: the panels show it when it has been read.
      const picks = [...form.querySelectorAll("input[data-list]")].map(({ name }) => [`${name}-pick`, `${name}-choices`]);
      for (const [name, inside] of [["person", "caller"], ...picks]) {
        if (!kept.typed[name]) continue;
        const field = Object.assign(document.createElement("input"), { type: "hidden", name, value: kept.typed[name] });
        field.setAttribute("form", "call");
        document.getElementById(inside).append(field);
      }
      for (const [name, value] of Object.entries(kept.typed)) {
        const field = form.elements[name];
        if (field?.type === "checkbox") field.checked = true;
        else if (field) field.value = value;
        const more = value ? field?.closest?.("details") : null;
        if (more && !more.open) more.dataset.restored = more.open = true;
      }
      document.getElementById("kept").hidden = false;
      document.getElementById(kept.at)?.focus();
      addEventListener("load", () => htmx.trigger(form, "change"));
    };
    document.getElementById("start-over").addEventListener("click", () => { sessionStorage.removeItem(KEPT); location.assign("/desk"); });
    if (form.dataset.fresh !== undefined && sessionStorage.getItem(KEPT)) restore();
    document.addEventListener("input", (event) => { if (event.target.form === form) keep(); });
    document.addEventListener("change", (event) => { if (event.target.form === form) keep(); });

    // Nothing can be looked up: the call is taken down all the same.
    const away = (event) => {
      if (!event.target.matches("#looking, [data-online]")) return;
      document.getElementById("caller-summary").textContent = document.getElementById("looking").dataset.away;
      delete shown["caller-summary"];
    };
    document.body.addEventListener("htmx:responseError", away);
    document.body.addEventListener("htmx:sendError", away);

    // The same again is not put in, so that nothing is announced twice and nobody's focus is lost.
    const shown = {};
    document.body.addEventListener("htmx:oobBeforeSwap", (event) => {
      const id = event.detail.target.id, html = event.detail.fragment.innerHTML ?? event.detail.fragment.textContent;
      const fresh = html.replace(/<time[^>]*>[^<]*<\/time>/g, "");
      if (shown[id] === fresh) event.detail.shouldSwap = false;
      shown[id] = fresh;
    });

    // A further task: straight into its words.
    for (const more of form.querySelectorAll("details.more-row"))
      more.addEventListener("toggle", () => { if (more.open && !more.dataset.restored && !more.contains(document.activeElement.closest("fieldset"))) more.querySelector("textarea").focus(); });

    // ---- Places, by arrow keys
    for (const address of form.querySelectorAll("input[data-list]")) {
      const list = document.getElementById(address.dataset.list);
      const options = [...list.children].map((element) => ({ element, name: element.dataset.name, key: fold(element.dataset.name) }));
      address.setAttribute("role", "combobox");
      address.setAttribute("aria-autocomplete", "list");
      address.setAttribute("aria-controls", list.id);
      address.setAttribute("aria-expanded", "false");
      let at = -1, from = 0, offered = [];
      const close = () => {
        list.hidden = true; at = -1; offered = [];
        address.setAttribute("aria-expanded", "false");
        address.removeAttribute("aria-activedescendant");
      };
      const mark = () => {
        offered.forEach((o, n) => o.element.setAttribute("aria-selected", String(n === at)));
        if (at < 0) address.removeAttribute("aria-activedescendant");
        else { address.setAttribute("aria-activedescendant", offered[at].element.id); offered[at].element.scrollIntoView({ block: "nearest" }); }
      };
      // The end of what is typed that begins a place's name: after the comma, or the last words.
      const search = () => {
        const typed = address.value;
        const starts = [0, ...[...typed.matchAll(/[\s,]+/g)].map((m) => m.index + m[0].length)];
        for (const start of starts) {
          const wanted = fold(typed.slice(start));
          if (wanted.length < 2) continue;
          const found = options.filter((o) => o.key.startsWith(wanted));
          if (found.some((o) => o.key === wanted)) return [];
          if (found.length) { from = start; return found.slice(0, 8); }
        }
        return [];
      };
      const open = () => {
        offered = search();
        for (const o of options) o.element.hidden = !offered.includes(o);
        if (!offered.length) return close();
        at = -1;
        list.hidden = false;
        address.setAttribute("aria-expanded", "true");
        mark();
      };
      const pick = (option) => {
        address.value = address.value.slice(0, from) + option.name;
        close();
        address.dispatchEvent(new Event("change", { bubbles: true }));
      };
      address.addEventListener("input", open);
      address.addEventListener("blur", () => setTimeout(close, 150));
      address.addEventListener("keydown", (event) => {
        if (event.ctrlKey || event.metaKey || list.hidden && event.key !== "ArrowDown") return;
        if (event.key === "ArrowDown" || event.key === "ArrowUp") {
          if (list.hidden) open();
          if (!offered.length) return;
          event.preventDefault();
          at = (at + (event.key === "ArrowDown" ? 1 : offered.length - (at < 0 ? 0 : 1))) % offered.length;
          mark();
        } else if (event.key === "Enter" && at >= 0) {
          event.preventDefault();
          pick(offered[at]);
        } else if (event.key === "Escape") {
          event.preventDefault();
          close();
        }
      });
      list.addEventListener("mousedown", (event) => {
        const option = offered.find((o) => o.element.contains(event.target));
        if (option) { event.preventDefault(); pick(option); }
      });
    }
  }

  // ---- Somebody is on the telephone: the page of whoever I talk with opens by itself, once, unless I am typing something.
  const opened = `/desk${location.search}`;
  if (location.search.startsWith("?call=")) sessionStorage.setItem(opened, "1");
  const typing = () => [...document.querySelectorAll("textarea, input:not([type=hidden], [type=radio], [type=checkbox])")]
    .some((field) => field.value !== field.defaultValue);
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "phone-list") return;
    const page = event.detail.target.querySelector("[data-open]")?.dataset.open;
    if (!page || sessionStorage.getItem(page)) return;
    sessionStorage.setItem(page, "1");
    if (!typing() && !sessionStorage.getItem(KEPT)) location.assign(page);
  });

  // ---- What waits, as it changes
  const nav = document.getElementById("desk-nav");
  if (!nav || !window.EventSource) return;
  const marks = { inbox: nav.dataset.inbox, calls: nav.dataset.calls, phone: nav.dataset.phone };
  const show = (waiting) => {
    for (const name of ["inbox", "calls", "phone"]) {
      const count = document.getElementById(`${name}-count`), was = Number(count.textContent);
      count.textContent = waiting[name];
      count.classList.toggle("zero", waiting[name] === 0);
      if (waiting[name] > was) window.announce(`${count.parentElement.textContent.trim()}`);
      const mark = String(waiting[`${name}_mark`]);
      if (mark !== marks[name]) reread(name);
      marks[name] = mark;
    }
  };
  const reread = (name) => { const list = document.getElementById(`${name}-list`); if (list) htmx.trigger(list, "reread"); };
  let position = nav.dataset.live;
  const watch = () => {
    const source = new EventSource(position);
    const seen = (event) => { if (event.lastEventId) position = `/desk/live?since=${encodeURIComponent(event.lastEventId)}`; };
    source.addEventListener("desk", (event) => { seen(event); show(JSON.parse(event.data)); });
    source.addEventListener("reread", (event) => { seen(event); reread("inbox"); reread("calls"); reread("phone"); });
    source.addEventListener("error", () => { if (source.readyState === EventSource.CLOSED) setTimeout(watch, 5000); });
  };
  watch();
})();
