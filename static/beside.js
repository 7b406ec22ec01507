// Hansei: what stands beside a text while it is written: preview, wording, who else is writing, names. The form works without.
"use strict";
(() => {
  const form = document.querySelector("form.edit");
  if (!form) return;
  const all = (selector, root = form) => [...root.querySelectorAll(selector)];
  const say = (text) => {
    const told = form.querySelector("[data-others]");
    if (told.textContent !== text) told.textContent = text;
  };

  /* The page as it would look, on screens with room for it. */
  const room = matchMedia("(min-width: 75rem)");
  const onMac = /Mac|iP(hone|ad)/.test(navigator.platform);
  const wanted = "hansei.preview";
  const parts = form.querySelector(".parts");
  const bar = form.querySelector(".toolbar");
  const pane = document.createElement("div");
  pane.className = "beside-pane";
  pane.tabIndex = 0;
  pane.setAttribute("role", "region");
  pane.setAttribute("aria-label", "Preview beside the text");
  let open = false;
  const toggle = document.createElement("button");
  toggle.type = "button";
  toggle.className = "toolbar-end";
  toggle.textContent = "Preview beside";
  const show = (yes) => {
    open = yes && room.matches && Boolean(parts);
    toggle.setAttribute("aria-pressed", String(open));
    form.closest(".editor").classList.toggle("has-pane", open);
    if (open) {
      parts.append(pane);
      document.querySelector(".editor > .preview")?.remove();
      preview(0);
    } else {
      pane.remove();
    }
  };
  const remembered = () => { try { return localStorage.getItem(wanted) === "yes"; } catch { return false; } };
  if (bar) {
    bar.append(toggle);
    toggle.title = `Preview beside (${onMac ? "⌘⇧P" : "Ctrl Shift P"})`;
    toggle.addEventListener("click", () => {
      const yes = !open;
      try { localStorage.setItem(wanted, yes ? "yes" : "no"); } catch { /* it is asked again next time */ }
      show(yes);
    });
    document.addEventListener("keydown", (event) => {
      const command = onMac ? event.metaKey && !event.ctrlKey : event.ctrlKey && !event.metaKey;
      // Firefox keeps the first for itself.
      const asked = event.shiftKey && (event.key.toLowerCase() === "p" || event.code === "KeyP") && (command !== event.altKey);
      if (!asked || event.isComposing || toggle.hidden) return;
      event.preventDefault();
      toggle.click();
    });
    room.addEventListener("change", () => {
      toggle.hidden = !room.matches;
      show(remembered());
    });
    toggle.hidden = !room.matches;
  }

  /* Asks about what stands in the form when it rests; of several answers the latest counts. */
  function question(what, take) {
    let timer = 0;
    let asking = null;
    let answered = "";
    async function ask() {
      const fields = new URLSearchParams(new FormData(form));
      fields.set("do", what);
      const typed = fields.toString();
      if (typed === answered || document.visibilityState === "hidden") return;
      asking?.abort();
      const request = asking = new AbortController();
      const html = await fetch(form.dataset.beside, {
        method: "POST",
        body: fields,
        headers: { "HX-Request": "true" },
        redirect: "error",
        signal: AbortSignal.any([request.signal, AbortSignal.timeout(10000)]),
      }).then((answer) => (answer.ok ? answer.text() : null), () => null).catch(() => null);
      // Autosave tells when the server is away.
      if (html === null || request !== asking) return;
      // What could not be shown is asked for again.
      if (take(hansei.parsed(html)) !== false) answered = typed;
    }
    return (after) => {
      clearTimeout(timer);
      timer = setTimeout(ask, after);
    };
  }
  const wording = question("hints", (drawn) => hint(all("[data-hints] > li", drawn)));
  const preview = question("preview", (drawn) => {
    const page = drawn.querySelector(".preview");
    if (!open || !page) return false;
    // The form has the same names for places of its own.
    for (const it of all("[id]", page)) it.id = `beside-${it.id}`;
    for (const name of ["for", "aria-labelledby", "aria-describedby", "aria-controls"]) {
      for (const it of all(`[${name}]`, page)) it.setAttribute(name, it.getAttribute(name).split(/\s+/).map((id) => `beside-${id}`).join(" "));
    }
    for (const it of all("a[href^='#']", page)) it.setAttribute("href", `#beside-${it.getAttribute("href").slice(1)}`);
    fresh = [...page.childNodes];
    put();
    return true;
  });
  /* Whoever is in it with the keyboard, at a link, keeps their place: it is drawn when they leave. */
  let fresh = null;
  function put() {
    const at = document.activeElement;
    if (!fresh || (at !== pane && pane.contains(at))) return;
    pane.replaceChildren(...fresh);
    fresh = null;
    follow();
  }
  pane.addEventListener("focusout", () => setTimeout(put));
  /* The preview shows the section that is being written. */
  let area = null;
  function follow() {
    const heading = area?.closest(".part")?.querySelector("[name=heading]")?.value.trim();
    if (!heading || pane.matches(":hover, :focus-within")) return;
    const place = all("h2, h3", pane).find((it) => it.textContent.trim().startsWith(heading));
    if (!place) return;
    const top = place.getBoundingClientRect().top - pane.getBoundingClientRect().top;
    pane.scrollTo({ top: pane.scrollTop + top - 16 });
  }
  form.addEventListener("focusin", (event) => {
    if (!(event.target instanceof HTMLTextAreaElement)) return;
    area = event.target;
    if (open) follow();
  });
  form.addEventListener("input", (event) => {
    if (event.target.name === "dismiss") return;
    wording(1500);
    if (open) preview(500);
  });

  /* Wording, each beside its field. */
  const lists = () => all(".wording-hints");
  const fieldOf = (item) => item.closest(".part, .field").querySelector("textarea[name=text], textarea[name=document]");
  /* In rows, the words are looked for. */
  function placeOf(item) {
    const words = item.querySelector("q").textContent.replace(/…$/, "");
    for (const field of "inRows" in item.dataset ? all(".row input[type=text], .row textarea", item.closest(".part")) : []) {
      const at = field.value.indexOf(words);
      if (at >= 0) return { field, start: at, end: at + words.length };
    }
    return { field: fieldOf(item), start: Number(item.dataset.start), end: Number(item.dataset.end) };
  }
  function dress(item) {
    const actions = item.querySelector(".actions");
    if (actions.querySelector("button")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button button-quiet";
    button.textContent = "Show it";
    actions.prepend(button);
  }
  function hint(items) {
    // What is being answered keeps its focus; when that is gone, its text has it.
    const active = document.activeElement;
    const focused = active?.closest(".wording-hint");
    const field = focused && fieldOf(focused);
    const key = (item) => `${item.dataset.place} ${item.dataset.start} ${item.querySelector("input").value}`;
    const kept = focused && items.some((item) => key(item) === key(focused)) ? focused : null;
    const places = lists();
    for (const [at, list] of places.entries()) {
      const fresh = items.filter((item) => Number(item.dataset.place) === at);
      list.replaceChildren(...fresh.map((item) => (kept && key(item) === key(kept) ? kept : item)));
    }
    for (const item of all(".wording-hint")) dress(item);
    if (focused) (kept ? active : field).focus({ preventScroll: true });
  }
  for (const item of all(".wording-hint")) dress(item);
  form.addEventListener("click", (event) => {
    const item = event.target.closest(".wording-hint");
    if (!item || !(event.target instanceof HTMLButtonElement)) return;
    const { field, start, end } = placeOf(item);
    field.closest("details")?.setAttribute("open", "");
    field.focus();
    field.setSelectionRange(start, end);
  });
  form.addEventListener("change", (event) => {
    if (event.target.name !== "dismiss" || !event.target.checked) return;
    const item = event.target.closest(".wording-hint");
    const field = fieldOf(item);
    const put = form.elements.dismissed;
    put.value = `${put.value} ${event.target.value}`.trim();
    for (const same of all(`.wording-hint input[value="${event.target.value}"]`)) same.closest(".wording-hint").remove();
    field.focus({ preventScroll: true });
    form.dispatchEvent(new Event("input", { bubbles: true }));
  });
  wording(800);
  if (remembered()) show(true);

  /* Reports like this one: asked for when the text rests, and said once where they cannot be seen. */
  const like = document.querySelector("[data-similar]");
  const count = form.querySelector("[data-similar-count]");
  let looking = 0;
  let looked = "";
  let seeking = null;
  const seek = async () => {
    const fields = new URLSearchParams(new FormData(form));
    const typed = fields.toString();
    if (typed === looked || !form.elements.title.value.trim() || document.visibilityState === "hidden" || like.contains(document.activeElement)) return;
    seeking?.abort();
    const request = seeking = new AbortController();
    const html = await fetch(like.dataset.similar, {
      method: "POST",
      body: fields,
      headers: { "HX-Request": "true" },
      redirect: "error",
      signal: AbortSignal.any([request.signal, AbortSignal.timeout(10000)]),
    }).then((answer) => (answer.ok ? answer.text() : null)).catch(() => null);
    if (html === null || request !== seeking || like.contains(document.activeElement)) return;
    looked = typed;
    const drawn = hansei.parsed(html);
    const keys = (root) => all(".key", root).map((it) => it.textContent).join(" ");
    if (keys(drawn) === keys(like)) return;
    like.replaceChildren(...drawn.querySelectorAll(".similar"));
    const found = all("li", like).length;
    count.replaceChildren();
    if (!found) return;
    const link = document.createElement("a");
    link.href = "#similar";
    link.textContent = found === 1 ? "1 report like this one" : `${found} reports like this one`;
    count.append(link);
  };
  if (like) {
    form.addEventListener("input", () => {
      clearTimeout(looking);
      looking = setTimeout(seek, 3000);
    });
    looking = setTimeout(seek, 1200);
    like.addEventListener("submit", async (event) => {
      event.preventDefault();
      const wanted = event.target;
      const button = event.submitter;
      const body = new URLSearchParams(new FormData(wanted, button));
      const said = document.createElement("p");
      said.className = "similar-said";
      said.setAttribute("role", "status");
      said.tabIndex = -1;
      // A new report is saved as a draft first, so that the link has a place (attach.js).
      let action = wanted.action;
      const isFirst = "draftFirst" in wanted.dataset;
      if (isFirst) {
        const draft = await form.draft().catch(() => "");
        if (!draft) {
          said.textContent = "Not linked: the draft could not be saved. Press “Save draft” to see what needs a look.";
          wanted.querySelector(".similar-said")?.remove();
          wanted.append(said);
          said.focus();
          return;
        }
        action = `${draft}/links`;
      }
      const done = await fetch(action, { method: "POST", body, headers: { "HX-Request": "true" }, redirect: "manual", signal: AbortSignal.timeout(10000) })
        // Done leads on; whoever is signed out, or sent something wrong, is told so here.
        .then((answer) => answer.type === "opaqueredirect", () => false);
      if (isFirst) {
        // The editor of that draft offers what was not linked once more.
        form.editDraft();
        return;
      }
      if (done) {
        said.textContent = body.get("kind") === "recurrence_of" ? "Linked as a recurrence." : "Linked as similar.";
        wanted.replaceWith(said);
      } else {
        said.textContent = "Not linked. Try again, or open the links of this report.";
        wanted.querySelector(".similar-said")?.remove();
        wanted.append(said);
      }
      said.focus();
    });
  }

  /* Who else is writing. */
  const others = (names) => say((names ?? []).join(" "));
  form.addEventListener("hansei:others", (event) => others(event.detail));
  if (form.dataset.presence) {
    setInterval(async () => {
      if (document.visibilityState === "hidden") return;
      try {
        const answer = await fetch(form.dataset.presence, { headers: { "HX-Request": "true" }, redirect: "error", signal: AbortSignal.timeout(10000) });
        if (answer.ok) others((await answer.json()).others);
      } catch { /* autosave tells when the server is away */ }
    }, 20000);
  }

  /* Names: the last of a list is completed, those before it stay. */
  for (const name of ["services", "teams", "tags"]) {
    const input = form.elements[name];
    const list = input?.list;
    if (!list) continue;
    let waiting = 0;
    let last = null;
    const offer = async () => {
      const comma = input.value.lastIndexOf(",");
      const before = comma < 0 ? "" : `${input.value.slice(0, comma + 1)} `;
      const begun = input.value.slice(comma + 1).trim();
      const asked = `${before}|${begun}`;
      if (asked === last) return;
      last = asked;
      try {
        const query = new URLSearchParams({ of: name, q: begun });
        const answer = await fetch(`/reports/names?${query}`, { headers: { "HX-Request": "true" }, redirect: "error", signal: AbortSignal.timeout(5000) });
        if (!answer.ok || asked !== last) return;
        const { names } = await answer.json();
        list.replaceChildren(...names.filter((it) => it !== begun).map((it) => {
          const option = document.createElement("option");
          option.value = before + it;
          option.label = it;
          return option;
        }));
      } catch { /* no names then */ }
    };
    input.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(offer, 120);
    });
  }
})();
