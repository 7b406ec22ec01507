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
  const lines = (area, mark) => {
    const start = area.value.lastIndexOf("\n", area.selectionStart - 1) + 1;
    const text = area.value.slice(start, area.selectionEnd);
    area.setSelectionRange(start, area.selectionEnd);
    put(area, text.split("\n").map((line, at) => (typeof mark === "function" ? mark(at) : mark) + line).join("\n"));
  };
  const tools = [
    ["B", "Bold (Ctrl B)", "b", (area) => around(area, "**", "**", "bold")],
    ["I", "Italic (Ctrl I)", "i", (area) => around(area, "_", "_", "italic")],
    ["Code", "Code (Ctrl E)", "e", (area) => chosen(area).includes("\n") ? around(area, "```\n", "\n```", "") : around(area, "`", "`", "code")],
    ["Link", "Link", "", (area) => around(area, "[", "](https://)", "text")],
    ["List", "List", "", (area) => lines(area, "- ")],
    ["Numbered", "Numbered list", "", (area) => lines(area, (at) => `${at + 1}. `)],
    ["Quote", "Quote", "", (area) => lines(area, "> ")],
  ];

  let area = null;
  let place = null;
  form.addEventListener("focusin", (event) => {
    if (event.target instanceof HTMLTextAreaElement) area = event.target;
    place = event.target.closest(".part, fieldset") ?? null;
  });
  const first = () => area ?? form.querySelector("textarea");

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
    if (!(target instanceof HTMLTextAreaElement) || event.isComposing) return;
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
      const tool = tools.find(([, , key]) => key && key === event.key.toLowerCase());
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
  const tab = (() => {
    const fresh = () => Array.from(crypto.getRandomValues(new Uint8Array(8)), (it) => it.toString(16).padStart(2, "0")).join("");
    try {
      const known = sessionStorage.getItem("hansei.tab") ?? fresh();
      sessionStorage.setItem("hansei.tab", known);
      return known;
    } catch { return fresh(); }
  })();
  // In the form only while it is sent: it is nothing that somebody typed.
  const editor = document.createElement("input");
  editor.type = "hidden";
  editor.name = "editor";
  editor.value = tab;
  const copiesOf = `hansei.unsaved ${form.getAttribute("action")} `;
  const copyName = copiesOf + tab;
  const now = () => new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const fields = () => new URLSearchParams(new FormData(form)).toString();
  const copies = {
    all() { try { return Object.keys(localStorage).filter((name) => name.startsWith(copiesOf)); } catch { return []; } },
    read(name) { try { return JSON.parse(localStorage.getItem(name)); } catch { return null; } },
    keep(copy) { try { localStorage.setItem(copyName, JSON.stringify({ ...copy, alive: Date.now() })); } catch { /* full or refused: the server has to do */ } },
    drop(name = copyName) { try { localStorage.removeItem(name); } catch { /* nothing there then */ } },
  };
  const base = form.elements.base_revision.value;
  const begun = fields();
  let kept = begun;
  let timer = 0;
  let asking = null;
  let sending = false;
  const tell = (text) => { if (state && state.textContent !== text) state.textContent = text; };

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
    if (sending || typed === kept) return;
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
          tell("You write or have saved this in another window, too. What you type here stays in this browser until you save");
          return;
        }
        kept = form.autosaved = typed;
        if (fields() === typed) copies.drop();
        const others = revision && base && revision > Number(base);
        tell(`Kept ${now()}${others ? ". Somebody has saved meanwhile: saving puts both together" : ""}`);
      } else if (answer.status === 401 || answer.status === 403) {
        tell("You are signed out. What you type stays in this browser; Save lets you sign in again");
        later(30000);
      } else {
        tell("Kept in this browser only; trying again");
        later(5000);
      }
    } catch {
      if (request.signal.aborted) return;
      tell("The server cannot be reached. Kept in this browser; trying again");
      later(5000);
    }
  }
  let copying = 0;
  const copyLater = () => {
    clearTimeout(copying);
    copying = setTimeout(() => {
      if (fields() !== kept) copies.keep({ at: Date.now(), base, fields: fields() });
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
    const copy = copies.read(copyName);
    if (copy) copies.keep(copy);
  }, 20000);
  form.addEventListener("focusout", () => { if (fields() !== kept) later(200); });
  window.addEventListener("online", () => later(0));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden" && fields() !== kept && !sending) {
      copies.keep({ at: Date.now(), base, fields: fields() });
      keep();
    }
  });
  form.addEventListener("submit", (event) => {
    sending = true;
    if (["save", "publish", "review"].includes(event.submitter?.value)) {
      // The page that says it was saved drops the copy (app.js).
      const sent = { copy: copyName, action: form.getAttribute("action") };
      try { sessionStorage.setItem("hansei.sent", JSON.stringify(sent)); } catch { /* then it is offered once more */ }
    }
    clearTimeout(timer);
    clearTimeout(copying);
    asking?.abort();
    copies.keep({ at: Date.now(), base, fields: fields(), sent: true });
    form.append(editor);
  });
  window.addEventListener("pageshow", () => {
    sending = false;
    editor.remove();
  });

  /* A copy of an earlier visit: a crash, a lost connection, a session that ended. */
  const withoutSecrets = (text) => {
    const pairs = new URLSearchParams(text);
    for (const name of ["csrf", "do", "once", "note", "editor", "taken", "warned"]) pairs.delete(name);
    return pairs.toString();
  };
  const LIVING = 90000;
  const look = (name) => {
    const copy = copies.read(name);
    if (!copy) return;
    const arrived = copy.sent && base && Number(base) > Number(copy.base);
    if (arrived || withoutSecrets(copy.fields) === withoutSecrets(begun) || Date.now() - copy.at > 30 * 86400000) {
      copies.drop(name);
    } else if (name === copyName && copy.sent && form.dataset.answer) {
      // This page was drawn from it, and has all of it.
    } else if (name !== copyName && Date.now() - copy.alive < LIVING) {
      // The other window may be open still.
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
      // The server draws the form with them; nothing is saved by that.
      const back = document.createElement("form");
      back.method = "post";
      back.action = form.getAttribute("action");
      const pairs = new URLSearchParams(copy.fields);
      pairs.set("csrf", form.elements.csrf.value);
      pairs.set("do", pairs.has("text") ? "by_section" : "as_text");
      for (const [name, value] of pairs) {
        const field = document.createElement("textarea");
        field.name = name;
        field.value = value;
        field.hidden = true;
        back.append(field);
      }
      sending = true;
      copies.drop(name);
      copies.keep({ ...copy, sent: true });
      document.body.append(back);
      form.autosaved = fields();
      back.submit();
    });
    button("Discard them", () => {
      copies.drop(name);
      notice.remove();
    });
    notice.append(text, actions);
    form.before(notice);
  }
  copies.all().forEach(look);
})();
