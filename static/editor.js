// Hansei: the editor. The form works without any of this; nothing here changes what is saved.
"use strict";
(() => {
  const form = document.querySelector("form[data-autosave]");
  if (!form) return;
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const list = form.querySelector(".parts-list");
  const say = document.createElement("p");
  say.className = "sr-only";
  say.setAttribute("role", "status");
  form.append(say);

  /* "Yesterday" is counted from today there. */
  const dated = () => {
    try { form.elements.today.value = new Intl.DateTimeFormat("sv-SE", { timeZone: form.elements.timezone.value.trim() }).format(); } catch { /* no zone yet */ }
  };
  /* The zone of somebody who has not written here yet: where their browser is. */
  const zone = form.elements.timezone;
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (form.dataset.zone && zone.value === "UTC" && here) {
    zone.value = here;
    zone.defaultValue = here;
    dated();
  }
  zone.addEventListener("change", dated);

  /* A side that is chosen is shown where it will stand; whatever is typed there is what counts then. */
  for (const field of all("[data-pick]", form)) {
    const pick = field.querySelector("select");
    const part = field.closest(".part");
    const area = part.querySelector("textarea");
    const side = (name) => part.querySelector(`[name=${name}]`).value;
    let filling = false;
    pick.addEventListener("change", () => {
      const name = pick.value.split(" ")[0];
      if (name !== "theirs" && name !== "mine") return;
      const chosen = pick.value;
      filling = true;
      area.select();
      put(area, side(name));
      filling = false;
      pick.value = chosen;
      pick.focus();
    });
    area.addEventListener("input", () => {
      if (!filling) pick.value = "";
    });
  }

  /* Writing as if it were typed keeps the browser's undo. */
  const put = (area, text) => {
    area.focus();
    if (!(text ? document.execCommand("insertText", false, text) : document.execCommand("delete"))) {
      area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
      area.dispatchEvent(new Event("input", { bubbles: true }));
    }
  };
  const chosen = (area) => area.value.slice(area.selectionStart, area.selectionEnd);
  const around = (area, before, after, instead) => {
    const text = chosen(area) || instead;
    const start = area.selectionStart + before.length;
    put(area, before + text + after);
    area.setSelectionRange(start, start + text.length);
  };
  /* What is to be written next is chosen: the address, or the words for one. */
  const link = (area) => {
    const words = chosen(area);
    const start = area.selectionStart + 1;
    const isAddress = /^https?:\/\/\S+$/.test(words);
    const [text, address] = isAddress ? ["text", words] : [words || "text", "https://"];
    put(area, `[${text}](${address})`);
    if (words && !isAddress) area.setSelectionRange(start + text.length + 2, start + text.length + 2 + address.length);
    else area.setSelectionRange(start, start + text.length);
  };
  const lines = (area, mark) => {
    const start = area.value.lastIndexOf("\n", area.selectionStart - 1) + 1;
    const text = area.value.slice(start, area.selectionEnd);
    area.setSelectionRange(start, area.selectionEnd);
    put(area, text.split("\n").map((line, at) => (typeof mark === "function" ? mark(at) : mark) + line).join("\n"));
  };
  // On a Mac, Ctrl with a letter moves the cursor and deletes.
  const onMac = /Mac|iP(hone|ad)/.test(navigator.platform);
  const key = (letter) => (onMac ? `⌘${letter}` : `Ctrl ${letter}`);
  const tools = [
    ["B", `Bold (${key("B")})`, "b", (area) => around(area, "**", "**", "bold")],
    ["I", `Italic (${key("I")})`, "i", (area) => around(area, "_", "_", "italic")],
    ["Code", `Code (${key("E")})`, "e", (area) => chosen(area).includes("\n") ? around(area, "```\n", "\n```", "") : around(area, "`", "`", "code")],
    ["Link", `Link (${key("K")})`, "k", link],
    ["List", "List", "", (area) => lines(area, "- ")],
    ["Numbered", "Numbered list", "", (area) => lines(area, (at) => `${at + 1}. `)],
    ["Quote", "Quote", "", (area) => lines(area, "> ")],
  ];

  let area = null;
  let place = null;
  form.addEventListener("focusin", (event) => {
    if (event.target instanceof HTMLTextAreaElement && event.target.name !== "people") area = event.target;
    place = event.target.closest(".part, fieldset") ?? null;
  });
  const first = () => area ?? form.querySelector("textarea[name=text], textarea[name=document]");

  if (list) {
    const bar = document.createElement("div");
    bar.className = "toolbar";
    bar.setAttribute("role", "group");
    bar.setAttribute("aria-label", "Markdown");
    for (const [label, title, , act] of tools) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = label;
      button.title = title;
      button.setAttribute("aria-label", title);
      // The text keeps the focus and what is selected in it.
      button.addEventListener("mousedown", (event) => event.preventDefault());
      button.addEventListener("click", () => act(first()));
      bar.append(button);
    }
    list.prepend(bar);
  }

  form.addEventListener("keydown", (event) => {
    const target = event.target;
    // Safari ends a composition before the key that ends it: 229 is that key.
    if (!(target instanceof HTMLTextAreaElement) || event.isComposing || event.keyCode === 229) return;
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
      const command = onMac ? event.metaKey && !event.ctrlKey : event.ctrlKey && !event.metaKey;
      const tool = command && tools.find(([, , key]) => key && key === event.key.toLowerCase());
      if (tool) {
        event.preventDefault();
        tool[3](target);
      }
      return;
    }
    if (event.key !== "Enter" || event.shiftKey || event.altKey || chosen(target)) return;
    // A list goes on; an empty item ends it.
    const start = target.value.lastIndexOf("\n", target.selectionStart - 1) + 1;
    const line = target.value.slice(start, target.selectionStart);
    const item = /^(\s*)(?:([-*+])|(\d{1,4})([.)]))(\s+)(.*)$/.exec(line);
    if (!item) return;
    event.preventDefault();
    if (!item[6].trim()) {
      target.setSelectionRange(start, target.selectionStart);
      put(target, "");
      return;
    }
    const mark = item[2] ?? `${Number(item[3]) + 1}${item[4]}`;
    put(target, `\n${item[1]}${mark}${item[5]}`);
  });

  /* An address pasted over a word links it. */
  form.addEventListener("paste", (event) => {
    const target = event.target;
    const text = event.clipboardData?.getData("text/plain").trim() ?? "";
    if (!(target instanceof HTMLTextAreaElement) || !chosen(target) || !/^https?:\/\/\S+$/.test(text)) return;
    if (/^https?:\/\//.test(chosen(target))) return;
    event.preventDefault();
    put(target, `[${chosen(target)}](${text})`);
  });

  /* The list of sections follows what is written, and another section needs no round trip. */
  const names = form.querySelector(".checklist ol");
  const parts = () => all(".part", form);
  const number = (part, at) => {
    const heading = part.querySelector("[name=heading]");
    const text = part.querySelector("textarea[name=text]");
    heading.id = `f-heading-${at}`;
    text.id = `f-text-${at}`;
  };
  const listNames = () => {
    if (!names) return;
    const links = parts().flatMap((part, at) => {
      const heading = part.querySelector("[name=heading]").value.trim();
      const filled = all("textarea, .row input[type=text]", part).some((field) => field.value.trim());
      if (!heading && !filled) return [];
      const item = document.createElement("li");
      const link = document.createElement("a");
      link.href = `#f-text-${at}`;
      link.dataset.filled = filled ? "yes" : "no";
      link.textContent = heading || (at ? "(goes on from above)" : "Above the first heading");
      const told = document.createElement("span");
      told.className = "sr-only";
      told.textContent = filled ? ", written" : ", nothing written yet";
      link.append(told);
      if (part.querySelector("[data-needed]")) {
        link.dataset.needed = "";
        const needed = document.createElement("span");
        needed.className = "needed";
        needed.textContent = " needed";
        link.append(needed);
      }
      item.append(link);
      return [item];
    });
    names.replaceChildren(...links);
  };
  const another = () => {
    const spare = parts().at(-1);
    const part = spare.cloneNode(true);
    for (const field of all("input, textarea", part)) field.value = "";
    for (const told of all(".problem", part)) told.remove();
    spare.after(part);
    number(part, parts().length - 1);
    return part;
  };
  if (names) {
    form.addEventListener("input", (event) => {
      if (event.target.closest(".part")) listNames();
    });
    form.querySelector("[value=add_section]").addEventListener("click", (event) => {
      const spare = parts().at(-1);
      const empty = !spare.querySelector("[name=heading]").value && !spare.querySelector("textarea").value;
      const part = empty ? spare : another();
      event.preventDefault();
      part.querySelector("[name=heading]").focus();
      say.textContent = "Another section, at the end.";
    });
  }

  /* What is typed is kept: in this browser at once, on the server two seconds later, and nowhere else. */
  const state = form.querySelector("[data-autosaved]");
  /* The words of one window never replace those of another: each has a name, on the server and in this browser. */
  const fresh = () => Array.from(crypto.getRandomValues(new Uint8Array(8)), (it) => it.toString(16).padStart(2, "0")).join("");
  const remembered = (name) => { try { sessionStorage.setItem("hansei.tab", name); } catch { /* for this page, then */ } return name; };
  let tab = remembered((() => { try { return sessionStorage.getItem("hansei.tab"); } catch { return null; } })() ?? fresh());
  const lockOf = (name) => `hansei.tab ${name}`;
  let letGo = () => {};
  const hold = (name, options) => new Promise((held, free) => {
    navigator.locks.request(lockOf(name), options, () => new Promise((done) => {
      letGo = done;
      held();
    })).catch(free);
  });
  /* A window that was duplicated has the name of the other one, which holds it: it takes another. The page before this
     one may be a moment in letting go. */
  const claim = async () => {
    if (!navigator.locks) return;
    try {
      await hold(tab, { signal: AbortSignal.timeout(1000) });
    } catch {
      tab = remembered(fresh());
      hold(tab, {}).catch(() => {});
    }
  };
  let named = false;
  // In the form only while it is sent: it is nothing that somebody typed.
  const editor = document.createElement("input");
  editor.type = "hidden";
  editor.name = "editor";
  // Nobody is offered the words of somebody else who wrote at this machine.
  const copiesAt = (action) => `hansei.unsaved ${action} ${form.dataset.writer} `;
  const copiesOf = copiesAt(form.getAttribute("action"));
  const own = () => copiesOf + tab;
  const now = () => new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const fields = () => new URLSearchParams(new FormData(form)).toString();
  const copies = {
    all() { try { return Object.keys(localStorage).filter((name) => name.startsWith(copiesOf)); } catch { return []; } },
    read: hansei.copies.read,
    /* Whether there was room for it. */
    keep: (copy, name = own()) => hansei.copies.keep(name, { ...copy, alive: Date.now() }),
    drop: (name = own()) => hansei.copies.drop(name),
  };
  const typedNow = () => ({ at: Date.now(), base, fields: fields() });
  const base = form.elements.base_revision.value;
  const begun = fields();
  let kept = begun;
  // Drawn from what the server has: nothing of it is lost by leaving.
  if (!form.dataset.answer) form.autosaved = begun;
  let timer = 0;
  let asking = null;
  let sending = false;
  /* Words that the server does not want, however often. */
  let refused = null;
  const tell = (text) => { if (state && state.textContent !== text) state.textContent = text; };
  /* What the server does not have is in this browser, if there is room for it. */
  const keepHere = () => copies.read(own())?.fields === fields() || copies.keep(typedNow());
  const tellHere = (why, then) => tell(why + (keepHere() ? then : "What you type is not kept anywhere: leave this tab open"));

  /* Where somebody is at work, for others who open the same report. */
  const section = () => {
    const name = place?.querySelector("[name=heading]")?.value ?? place?.querySelector("legend")?.firstChild?.textContent ?? "";
    return name.trim().slice(0, 80);
  };
  const later = (after) => {
    clearTimeout(timer);
    timer = setTimeout(keep, after);
  };
  async function keep() {
    const typed = fields();
    if (sending || typed === kept || typed === refused) return;
    asking?.abort();
    const request = asking = new AbortController();
    try {
      const answer = await fetch(form.dataset.autosave, {
        method: "POST",
        body: new URLSearchParams([...new URLSearchParams(typed), ["section", section()], ["editor", tab]]),
        headers: { "HX-Request": "true" },
        redirect: "error",
        signal: AbortSignal.any([request.signal, AbortSignal.timeout(10000)]),
      });
      if (answer.ok) {
        const told = await answer.json();
        form.dispatchEvent(new CustomEvent("hansei:others", { detail: told.others }));
        const { revision } = told;
        if (!told.kept) {
          // Saved or being written by the same person in another window.
          tellHere("You write or have saved this in another window, too. ", "What you type here stays in this browser until you save");
          return;
        }
        kept = form.autosaved = typed;
        if (fields() === typed) copies.drop();
        const others = revision && base && revision > Number(base);
        tell(`Saved ${now()}, for you alone${others ? ". Somebody has saved meanwhile: saving puts both together" : ""}`);
      } else if ([403, 404, 413, 422].includes(answer.status)) {
        refused = typed;
        tellHere("The server does not take this from you. ", "It stays in this browser");
      } else if (answer.status === 401) {
        tellHere("You are signed out. Save lets you sign in again. ", "What you type stays in this browser");
        later(30000);
      } else {
        tellHere("The server does not keep it now; trying again. ", "Kept in this browser");
        later(5000);
      }
    } catch {
      if (request.signal.aborted) return;
      tellHere("The server cannot be reached; trying again. ", "Kept in this browser");
      later(5000);
    }
  }
  let copying = 0;
  const copyLater = () => {
    clearTimeout(copying);
    copying = setTimeout(() => {
      if (!named) copyLater();
      else if (fields() !== kept) keepHere();
    }, 300);
  };
  form.addEventListener("input", () => {
    // Whoever types is still here: the browser was told to stop, or the server never answered.
    sending = false;
    editor.remove();
    copyLater();
    later(2000);
  });
  /* Other windows see that this one has its words still. */
  setInterval(() => {
    const copy = named && copies.read(own());
    if (copy) copies.keep(copy);
  }, 20000);
  form.addEventListener("focusout", () => { if (fields() !== kept) later(200); });
  window.addEventListener("online", () => later(0));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden" && fields() !== kept && !sending) {
      keepHere();
      keep();
    }
  });
  /* The page that says it was saved drops the copy (app.js). */
  const expects = (button, action, name) => {
    if (!["save", "publish", "review"].includes(button)) return;
    try { sessionStorage.setItem("hansei.sent", JSON.stringify({ copy: name, action })); } catch { /* then it is offered once more */ }
  };
  form.addEventListener("submit", (event) => {
    sending = true;
    expects(event.submitter?.value, form.getAttribute("action"), own());
    clearTimeout(timer);
    clearTimeout(copying);
    asking?.abort();
    copies.keep({ ...typedNow(), sent: true });
    editor.value = tab;
    form.append(editor);
  });
  /* What is given up is given up here, too. */
  for (const discard of all("form[data-discard]")) {
    discard.addEventListener("submit", () => {
      sending = true;
      clearTimeout(timer);
      clearTimeout(copying);
      asking?.abort();
      copies.drop();
      form.autosaved = fields();
      const place = discard.elements.editor;
      if (place) place.value = tab;
    });
  }
  window.addEventListener("pageshow", (event) => {
    sending = false;
    editor.remove();
    if (event.persisted) claim();
  });
  window.addEventListener("pagehide", () => letGo());

  /* The page goes on with these words; that page has a copy of them until the server has kept them. */
  const goOn = (action, words, copy) => {
    const back = document.createElement("form");
    back.method = "post";
    back.action = action;
    for (const [name, value] of words) {
      const field = document.createElement("textarea");
      field.name = name;
      field.value = value;
      field.hidden = true;
      back.append(field);
    }
    const name = copiesAt(action) + tab;
    if (copies.keep({ ...copy, sent: true }, name) && copy.name !== name) copies.drop(copy.name);
    expects(words.get("do"), action, name);
    sending = true;
    clearTimeout(timer);
    clearTimeout(copying);
    asking?.abort();
    document.body.append(back);
    form.autosaved = fields();
    back.submit();
  };
  /* For a picture in a new report (attach.js): the editor of the draft that was made for it. */
  form.tabName = () => tab;
  form.goOn = (action, words) => {
    words.set("editor", tab);
    goOn(action, words, { ...typedNow(), fields: words.toString(), base: words.get("base_revision"), name: own() });
  };

  /* A copy of an earlier visit: a crash, a lost connection, a session that ended. */
  const UNTYPED = ["csrf", "do", "once", "note", "editor", "taken", "warned", "base_revision", "today", "conflict"];
  const said = (text) => JSON.stringify([...new URLSearchParams(text)]
    .map(([name, value]) => [name, value.replace(/\r\n?/g, "\n").trim()])
    .filter(([name, value]) => value && !UNTYPED.includes(name) && !name.endsWith("-row")));
  const isShown = (copy) => said(copy.fields) === said(begun);
  const windowOf = (name) => name.slice(copiesOf.length);
  const LIVING = 90000;
  const lives = async (name, copy) => {
    if (Date.now() - copy.alive >= LIVING) return false;
    if (!navigator.locks) return true;
    const { held } = await navigator.locks.query();
    return held.some((lock) => lock.name === lockOf(windowOf(name)));
  };
  const look = async (name) => {
    const copy = copies.read(name);
    if (!copy) return;
    const isOwn = name === own();
    // This page was drawn from it; until the server has kept that, it is the only other place.
    if (isOwn && kept === null && (copy.sent || isShown(copy))) return;
    if (isShown(copy)) {
      if (!form.dataset.answer) copies.drop(name);
    } else if (Date.now() - copy.at > 30 * 86400000) {
      copies.drop(name);
    } else if (isOwn) {
      // What is typed now gets the name of this window.
      const aside = copiesOf + fresh();
      const moved = copies.keep({ ...copy, of: tab }, aside);
      if (moved) copies.drop(name);
      offer(moved ? aside : name, copy);
    } else if (await lives(name, copy)) {
      setTimeout(() => look(name), LIVING);
    } else {
      offer(name, copy);
    }
  };
  function offer(name, copy) {
    const notice = document.createElement("div");
    notice.className = "notice notice-warning";
    notice.setAttribute("role", "status");
    const text = document.createElement("p");
    const at = new Date(copy.at).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
    text.textContent = `This browser has words of ${at} that may not have been saved.`;
    const actions = document.createElement("p");
    actions.className = "actions";
    const button = (label, act) => {
      const made = document.createElement("button");
      made.type = "button";
      made.className = "button";
      made.textContent = label;
      made.addEventListener("click", act);
      actions.append(made);
    };
    button("Show them", () => {
      // What stands here now, and nowhere else or on the server alone, is offered there.
      if ((kept === null || fields() !== begun) && !copies.keep(typedNow(), copiesOf + fresh())) {
        text.textContent = "This browser has no room for what you have typed here. Save it first, then open the editor again.";
        return;
      }
      // The server draws the form with them; nothing is saved by that.
      const words = new URLSearchParams(copy.fields);
      words.set("csrf", form.elements.csrf.value);
      words.set("do", words.has("text") ? "by_section" : "as_text");
      // What the server has of that window is older.
      words.set("taken", copy.of ?? windowOf(name));
      goOn(form.getAttribute("action"), words, { ...copy, name });
    });
    button("Discard them", () => {
      copies.drop(name);
      notice.remove();
    });
    notice.append(text, actions);
    form.before(notice);
  }
  /* A new report begins with its title. Not by touch: a keyboard on the screen would cover what there is to choose from. */
  const untouched = form.getAttribute("action") === "/reports" && !(form.dataset.answer && form.elements.title.value) && !location.hash && !form.querySelector("[autofocus]");
  if (untouched && document.activeElement === document.body && !matchMedia("(pointer: coarse)").matches && !document.querySelector("main [role=status]:not(:empty), main [role=alert]")) {
    form.elements.title.focus({ preventScroll: true });
  }
  claim().then(() => {
    named = true;
    const mine = copies.read(own());
    const isNew = performance.getEntriesByType("navigation")[0]?.type === "navigate";
    // A page drawn from what was sent: the server has that only when it says so.
    if (form.dataset.answer && (isNew || (mine && (mine.sent || isShown(mine))))) {
      kept = null;
      if (!mine) copies.keep({ at: Date.now(), base, fields: begun, sent: true });
      later(0);
    }
    copies.all().forEach(look);
  });
})();
