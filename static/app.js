// Hansei: small comforts on top of pages that work without them. No dependency, no eval, nothing fetched.
"use strict";
(() => {
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const KEYS_OFF = "hansei.keys.off";

  // Storage may be refused (private windows); then the defaults hold.
  const stored = (key) => { try { return localStorage.getItem(key); } catch { return null; } };
  const store = (key, value) => {
    try { value === null ? localStorage.removeItem(key) : localStorage.setItem(key, value); } catch { /* default holds */ }
  };

  /* Trusted Types: only the HTML of our own answers is parsed, and nothing becomes a script. */
  const policy = window.trustedTypes?.createPolicy("hansei", { createHTML: (html) => html });
  /* An answer of this server as nodes, for the scripts of single pages. */
  window.hansei = {
    parsed(html) {
      const answer = document.createElement("template");
      answer.innerHTML = policy ? policy.createHTML(html) : html;
      return answer.content;
    },
    /* What is typed, as this browser keeps it. */
    copies: {
      read(name) { try { return JSON.parse(localStorage.getItem(name)); } catch { return null; } },
      /* Whether there was room for it. */
      keep(name, copy) {
        try {
          localStorage.setItem(name, JSON.stringify(copy));
          return true;
        } catch { return false; }
      },
      drop(name) { store(name, null); },
      /* Of everybody who wrote here. */
      all() { try { return Object.keys(localStorage).filter((name) => /^hansei\.(unsaved|words) /.test(name)); } catch { return []; } },
    },
  };
  if (window.htmx && policy) {
    const refuse = () => { throw new Error("No scripts in answers."); };
    htmx.registerExtension("hansei-trusted", {
      init: (api) => api.initSecurity({ createHTML: (html) => policy.createHTML(html), createScript: refuse }, refuse, refuse),
    });
  }

  /* Theme: a cookie, so that the server draws the next page in the right colours at once. */
  const setTheme = (theme) => {
    document.documentElement.dataset.theme = theme;
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `theme=${theme}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
    for (const button of all("[data-theme-choice]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === theme));
    }
  };

  /* Keys. Single keys are ignored while typing and can be switched off (WCAG 2.1.4). */
  const typing = (target) => target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
  const follow = (selector) => {
    const link = one(selector);
    if (link) link.click();
    return Boolean(link);
  };
  const searchBox = () => all("input[type=search]").find((box) => box.offsetParent !== null);
  const focusSearch = () => {
    const box = searchBox();
    if (!box) return follow("[data-key=search]");
    box.focus();
    box.select();
    return true;
  };
  const step = (by) => {
    const items = all("[data-list] [data-item]");
    if (!items.length) return false;
    const now = items.indexOf(document.activeElement);
    const next = now < 0 ? (by > 0 ? 0 : items.length - 1) : Math.min(Math.max(now + by, 0), items.length - 1);
    items[next].focus();
    items[next].closest("li, article, tr")?.scrollIntoView({ block: "nearest" });
    return true;
  };
  const actions = {
    "/": focusSearch,
    s: focusSearch,
    "?": () => follow("[data-key=help]"),
    c: () => follow("[data-key=new]"),
    e: () => follow("[data-key=edit]"),
    h: () => follow("[data-key=history]"),
    j: () => step(1),
    k: () => step(-1),
    "g h": () => follow("[data-key=home]"),
    "g s": () => follow("[data-key=search]"),
  };
  const onMac = /Mac|iP(hone|ad)/.test(navigator.platform);
  let prefix = "";
  let prefixTimer = 0;

  document.addEventListener("keydown", (event) => {
    const target = event.target instanceof Element ? event.target : document.body;
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Enter" && (event.metaKey || event.ctrlKey) && target.form) {
      event.preventDefault();
      // With Shift it goes to readers, too, where that is offered.
      const publish = event.shiftKey ? one("button[value=publish]", target.form) : null;
      target.form.requestSubmit(publish ?? one("[data-submit]", target.form));
      return;
    }
    // Everywhere but on a Mac, where Ctrl-K deletes to the end of the line.
    const command = onMac ? event.metaKey && !event.ctrlKey : event.ctrlKey && !event.metaKey;
    // The editor has it for links.
    if (command && !event.defaultPrevented && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
      if (focusSearch() !== false) event.preventDefault();
      return;
    }
    if (event.key === "Escape") {
      const menu = one("details[data-menu][open]");
      if (menu) {
        menu.open = false;
        one("summary", menu).focus();
      } else if (target.type === "search" && !target.value) {
        target.blur();
      }
      return;
    }
    if (event.key === "ArrowDown" && target.type === "search" && step(1)) {
      event.preventDefault();
      return;
    }
    if (event.metaKey || event.ctrlKey || event.altKey || typing(target) || stored(KEYS_OFF)) return;
    const action = actions[prefix + event.key];
    clearTimeout(prefixTimer);
    if (!prefix && event.key === "g") {
      prefix = "g ";
      prefixTimer = setTimeout(() => { prefix = ""; }, 1000);
      return;
    }
    prefix = "";
    if (action && action() !== false) event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (!target) return;
    for (const menu of all("details[data-menu][open]")) {
      if (!menu.contains(target)) menu.open = false;
    }
    const theme = target.closest("[data-theme-choice]");
    if (theme) setTheme(theme.dataset.themeChoice);
    if (target.closest("[data-print]")) window.print();
    const copy = target.closest("[data-copy]");
    if (copy && navigator.clipboard) {
      navigator.clipboard.writeText(copy.dataset.copy).then(() => {
        const before = copy.textContent;
        copy.textContent = "Copied";
        setTimeout(() => { copy.textContent = before; }, 1500);
      });
    }
  });

  /* Printing shows what is folded away. */
  window.addEventListener("beforeprint", () => {
    for (const fold of all("main details:not([open])")) {
      fold.open = true;
      fold.dataset.printed = "";
    }
  });
  window.addEventListener("afterprint", () => {
    for (const fold of all("details[data-printed]")) {
      fold.open = false;
      delete fold.dataset.printed;
    }
  });

  /* A form with unsaved words asks before it is left. */
  const guard = (form) => {
    const fields = () => new URLSearchParams(new FormData(form)).toString();
    const before = form.dataset.guard === "dirty" ? null : fields();
    let leaving = false;
    form.addEventListener("submit", () => { leaving = true; });
    // Whoever types is still here: the browser was told to stop, or the server never answered.
    form.addEventListener("input", () => { leaving = false; });
    window.addEventListener("pageshow", () => { leaving = false; });
    window.addEventListener("beforeunload", (event) => {
      // What the editor has kept is not lost.
      if (!leaving && fields() !== before && fields() !== form.autosaved) event.preventDefault();
    });
  };

  /* The contents list marks the section being read. */
  const follower = (contents) => {
    const links = all("a[href^='#']", contents);
    const of = new Map(links.map((link) => [document.getElementById(decodeURIComponent(link.hash.slice(1))), link]));
    of.delete(null);
    const seen = new Set();
    const observer = new IntersectionObserver((entries) => {
      for (const entry of entries) entry.isIntersecting ? seen.add(entry.target) : seen.delete(entry.target);
      const first = [...of.keys()].find((section) => seen.has(section));
      if (!first) return;
      for (const link of links) link.removeAttribute("aria-current");
      of.get(first).setAttribute("aria-current", "location");
    }, { rootMargin: "-80px 0px -60% 0px" });
    for (const section of of.keys()) observer.observe(section);
  };

  /* What scrolls sideways can be scrolled by keyboard too. */
  const reachable = () => {
    for (const box of all(".prose pre, .table-scroll, .facets, .similar-aside > .similar")) {
      if (box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight) box.tabIndex = 0;
    }
  };

  /* After a click on a filter the clicked link is gone: stay in the results instead of falling back to the top.
     After "did you mean" the box shows what was searched. */
  document.addEventListener("htmx:after:swap", () => {
    const results = one("#results");
    const box = one("#q");
    if (!results) return;
    reachable();
    if (document.activeElement === document.body) results.focus({ preventScroll: true });
    if (box && document.activeElement !== box) box.value = results.dataset.query;
  });

  /* A save that says it was done has arrived: the copy of what was typed is not needed any more. Only the page that the
     save led to says so of that save: what comes later, or from elsewhere, speaks of something else. */
  const expected = () => {
    // Not saved yet, and on this page to be sent again: the answer is still to come.
    if (one(".kept form")) return null;
    try {
      const sent = JSON.parse(sessionStorage.getItem("hansei.sent"));
      sessionStorage.removeItem("hansei.sent");
      return sent;
    } catch { return null; }
  };
  const isOf = (sent, flash) => {
    // A shorter form (keep.js).
    if (sent.below) return `${location.pathname}/`.startsWith(`${sent.below}/`) && ["saved", "sent"].includes(flash);
    const here = /^(\/reports\/PM-\d+)(\/review)?$/.exec(location.pathname);
    const of = /^(\/reports\/PM-\d+)\/edit$/.exec(sent.action);
    if (!here || (of && of[1] !== here[1])) return false;
    return (of ? ["saved", "merged", "merged-unpublished", "published"] : ["created", "published"]).includes(flash);
  };
  const arrived = () => {
    const sent = expected();
    const flash = one("[data-flash]")?.dataset.flash;
    const isLedTo = performance.getEntriesByType("navigation")[0]?.redirectCount !== 0;
    if (!sent || !isLedTo) return;
    // Not what was typed into that page since.
    if (isOf(sent, flash) && hansei.copies.read(sent.copy)?.sent) hansei.copies.drop(sent.copy);
  };
  window.addEventListener("pageshow", (event) => { if (event.persisted) expected(); });

  /* Words that never arrived outlive a sign-out, for whoever typed them to find again; not for ever, and not on a machine
     that others use, if they say so. */
  const WRITER = "hansei.writer";
  /* Who wrote in this window: forgotten where somebody signs in, who may be somebody else. */
  const writer = () => {
    try {
      const known = sessionStorage.getItem(WRITER);
      const here = one("[data-writer]")?.dataset.writer;
      if (here) sessionStorage.setItem(WRITER, here);
      else if (one("form[action='/sign-in']")) sessionStorage.removeItem(WRITER);
      return here ?? known;
    } catch { return null; }
  };
  const unsaved = () => {
    const { all: names, drop, read } = hansei.copies;
    for (const name of names()) {
      const at = read(name)?.at;
      if (at && Date.now() - at > 30 * 86400000) drop(name);
    }
    const who = writer();
    const flash = one("[data-flash=signed-out]");
    const mine = who ? names().filter((name) => name.includes(` ${who}`)) : names();
    if (!flash || !mine.length) return;
    const told = document.createElement("div");
    told.className = "notice";
    told.setAttribute("role", "status");
    const text = document.createElement("p");
    text.textContent = who
      ? "This browser keeps words that you did not save, and offers them to you after you sign in again. If others use this machine, delete them."
      : "This browser keeps words that were not saved, and offers them to whoever typed them after they sign in again. If they are yours, and others use this machine, delete them.";
    const actions = document.createElement("p");
    actions.className = "actions";
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button";
    button.textContent = "Delete them";
    button.addEventListener("click", () => {
      mine.forEach(drop);
      text.textContent = "They are deleted.";
      actions.remove();
    });
    actions.append(button);
    told.append(text, actions);
    flash.after(told);
  };

  const start = () => {
    arrived();
    unsaved();
    reachable();
    window.addEventListener("resize", reachable);
    for (const form of all("form[data-guard]")) guard(form);
    for (const contents of all("[data-contents]")) follower(contents);
    const keys = one("[data-keys-switch]");
    if (keys) {
      keys.checked = !stored(KEYS_OFF);
      keys.addEventListener("change", () => store(KEYS_OFF, keys.checked ? null : "1"));
    }
  };
  document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", start) : start();
})();
