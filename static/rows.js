// Hansei: rows in the editor by keyboard. The form works without any of this.
"use strict";
(() => {
  const form = document.querySelector("form.edit");
  if (!form || !form.querySelector("[data-rows]")) return;
  const all = (selector, root = form) => [...root.querySelectorAll(selector)];
  const say = document.createElement("p");
  say.className = "sr-only";
  say.setAttribute("role", "status");
  form.append(say);
  const changed = (field) => field.dispatchEvent(new Event("input", { bubbles: true }));

  const listOf = (row) => row.closest("[data-rows-list]");
  const rowsOf = (list) => all(":scope > [data-row]", list);
  const main = (row) => all("[data-main]", row);
  const texts = (row) => all("input[type=text], textarea", row);
  const isEmpty = (row) => texts(row).every((field) => !field.value.trim());
  /* As screen readers call it: its place among the others. */
  const number = (list) => rowsOf(list).forEach((row, at) => {
    const name = row.getAttribute("aria-label").replace(/^New (.)/, (_, first) => first.toUpperCase()).replace(/( \d+)?(, new)?$/, "");
    row.setAttribute("aria-label", `${name} ${at + 1}${row.classList.contains("row-new") ? ", new" : ""}`);
  });

  let made = 0;
  const add = (list, after) => {
    const template = list.parentElement.querySelector("[data-row-template]");
    const row = template.content.firstElementChild.cloneNode(true);
    const name = `n${Date.now().toString(36)}-${made += 1}`;
    for (const field of all("[id]", row)) field.id = field.id.replace(/-new$/, `-${name}`);
    for (const field of all("[value=new]", row)) field.setAttribute("value", name);
    if (after) after.after(row);
    else list.append(row);
    number(list);
    return row;
  };
  const begin = (row) => main(row)[0]?.focus();
  const remove = (row) => {
    const list = listOf(row);
    const rows = rowsOf(list);
    const at = rows.indexOf(row);
    const next = rows[at - 1] ?? rows[at + 1] ?? add(list);
    row.remove();
    number(list);
    main(next).at(-1)?.focus();
    changed(main(next).at(-1));
    say.textContent = "Row removed.";
  };
  const move = (row, by) => {
    const rows = rowsOf(listOf(row));
    const other = rows[rows.indexOf(row) + by];
    if (!other) return;
    const field = document.activeElement;
    if (by < 0) other.before(row);
    else other.after(row);
    field.focus();
    number(listOf(row));
    changed(field);
    say.textContent = `Now ${row.getAttribute("aria-label")}.`;
  };

  const enter = (event, row, field) => {
    if (field instanceof HTMLSelectElement || field.type === "checkbox" || /^(SUMMARY|BUTTON)$/.test(field.tagName)) return;
    const fields = main(row);
    const at = fields.indexOf(field);
    if (at < 0 && field instanceof HTMLTextAreaElement) return;
    event.preventDefault();
    if (at < 0) return;
    if (at < fields.length - 1) {
      fields[at + 1].focus();
      return;
    }
    const rows = rowsOf(listOf(row));
    const below = rows[rows.indexOf(row) + 1];
    if (below) begin(below);
    else {
      begin(add(listOf(row), row));
      say.textContent = "Another row.";
    }
  };

  /* Before the editor's own keys: a row is no list. */
  form.addEventListener("keydown", (event) => {
    const field = event.target;
    // Safari ends a composition before the key that ends it: 229 is that key.
    if (event.isComposing || event.keyCode === 229) return;
    if (field.name === "event-shift" && event.key === "Enter") {
      event.preventDefault();
      form.querySelector("[value=shift-events]").click();
      return;
    }
    const row = field.closest?.("[data-row]");
    if (!row) return;
    const command = event.ctrlKey || event.metaKey;
    if (event.key === "Enter" && !event.shiftKey && !event.altKey && !command) {
      event.stopPropagation();
      enter(event, row, field);
    } else if (event.altKey && !command && (event.key === "ArrowUp" || event.key === "ArrowDown")
      && !(field instanceof HTMLSelectElement) && !field.list) {
      event.preventDefault();
      move(row, event.key === "ArrowUp" ? -1 : 1);
    } else if (command && event.key === "Backspace" && isEmpty(row)) {
      event.preventDefault();
      remove(row);
    }
  }, true);

  form.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-add]");
    const list = button?.closest("[data-rows]")?.querySelector("[data-rows-list]");
    if (!list) return;
    event.preventDefault();
    const count = Number(button.dataset.add);
    const fresh = Array.from({ length: count }, () => add(list));
    begin(fresh[0]);
    say.textContent = count > 1 ? `${count} more rows.` : "Another row.";
  });

  /* Several lines in one row may be several rows: the server reads them, as it does from the field below. */
  const offer = (field, before, pasted) => {
    all(".row-offer").forEach((old) => old.remove());
    const told = document.createElement("p");
    told.className = "row-offer";
    told.setAttribute("role", "status");
    const count = pasted.split("\n").filter((line) => line.trim()).length;
    told.append(`${count} lines were pasted.`);
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button";
    button.textContent = "Make rows of them";
    button.addEventListener("click", () => {
      // What was typed since stays.
      field.value = field.name === "event-at" ? before : field.value.replace(/\r\n?/g, "\n").replace(pasted, "");
      const paste = form.querySelector("[name=event-paste]");
      paste.value = paste.value.trim() ? `${paste.value.trimEnd()}\n${pasted}` : pasted;
      form.querySelector("[value=paste-timeline]").click();
    });
    told.append(button);
    field.after(told);
  };
  form.addEventListener("paste", (event) => {
    const field = event.target;
    if (field.name !== "event-text" && field.name !== "event-at") return;
    const pasted = (event.clipboardData?.getData("text/plain") ?? "").replace(/\r\n?/g, "\n").trim();
    if (pasted.split("\n").filter((line) => line.trim()).length < 2) return;
    const before = field.value;
    if (field.name === "event-at") event.preventDefault();
    setTimeout(() => offer(field, before, pasted));
  });

  /* What there is to say of the rows, once somebody is done with them; the figure follows what is typed. */
  let held = false;
  const isIn = (field) => field === document.activeElement;
  const isOpen = (field) => isIn(field) || (!field.value && field.closest("[data-row]").contains(document.activeElement));
  const noted = (row) => all(".remark", row).map((line) => line.textContent);
  const remark = (row, said) => {
    const times = all("[name=event-at], [name=event-known]", row);
    const known = noted(row);
    // A time that is being typed is of no order yet.
    const now = times.some(isIn) ? said.filter((message) => known.includes(message)) : said;
    held ||= now.length < said.length;
    if (String(now) === String(known)) return;
    all(".remark", row).forEach((line) => line.remove());
    row.querySelector(".cell-text")?.append(...now.map((message) => {
      const line = document.createElement("p");
      line.className = "remark";
      line.textContent = message;
      return line;
    }));
  };
  const blame = (field, message) => {
    const id = `${field.id}-problem`;
    const line = document.getElementById(id);
    if ((line?.textContent ?? "") === message) return;
    if (message && !line && isOpen(field)) {
      held = true;
      return;
    }
    if (!message) {
      line.remove();
      field.removeAttribute("aria-invalid");
      field.removeAttribute("aria-describedby");
      return;
    }
    const told = line ?? document.createElement("p");
    told.className = "problem";
    told.id = id;
    told.textContent = message;
    if (!line) field.after(told);
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", id);
    field.closest("details")?.setAttribute("open", "");
    say.textContent = message;
  };
  const tell = (items) => {
    held = false;
    for (const row of all("[data-rows-list] > [data-row]")) {
      const name = row.querySelector("input[type=hidden][name$='-row']").value;
      const kind = listOf(row).closest("[data-rows]").dataset.rows === "timeline" ? "event" : null;
      const own = items.filter((item) => item.dataset.row === name);
      if (kind) remark(row, own.filter((item) => item.dataset.field === kind).map((item) => item.textContent));
      for (const field of all("[id]", row)) {
        if (!/^(event|factor|measure)-/.test(field.name ?? "")) continue;
        const item = own.find((one) => one.dataset.field === field.name);
        blame(field, item ? item.textContent : "");
      }
    }
  };
  const figure = form.querySelector("[data-figure]");
  let looking = 0;
  let looked = "";
  let request = null;
  const look = async () => {
    const fields = new URLSearchParams(new FormData(form));
    fields.set("do", "rows");
    const typed = fields.toString();
    if ((typed === looked && !held) || document.visibilityState === "hidden") return;
    request?.abort();
    const own = request = new AbortController();
    try {
      const answer = await fetch(form.dataset.beside, {
        method: "POST",
        body: fields,
        headers: { "HX-Request": "true" },
        redirect: "error",
        signal: AbortSignal.any([own.signal, AbortSignal.timeout(10000)]),
      });
      const html = answer.ok ? await answer.text() : null;
      if (html === null || own !== request) return;
      looked = typed;
      const drawn = hansei.parsed(html);
      tell(all("[data-said] > li", drawn));
      figure?.replaceChildren(...drawn.querySelector("[data-drawn]").childNodes);
    } catch { /* the whole page tells it, then */ }
  };
  const lookLater = (event) => {
    const field = event.target;
    if (!field.closest?.("[data-row]") && !/^(.*_at|timezone)$/.test(field.name ?? "")) return;
    clearTimeout(looking);
    looking = setTimeout(look, event.type === "input" ? 1000 : 300);
  };
  for (const kind of ["input", "change", "focusout"]) form.addEventListener(kind, lookLater);

  /* Names that other reports gave to what made them possible. */
  const names = form.querySelector("[data-names]");
  let asking = 0;
  let asked = null;
  const complete = async (typed) => {
    if (typed === asked) return;
    asked = typed;
    try {
      const answer = await fetch(`${names.dataset.names}&q=${encodeURIComponent(typed)}`, { signal: AbortSignal.timeout(5000) });
      if (!answer.ok || asked !== typed) return;
      const { names: found } = await answer.json();
      names.replaceChildren(...found.map((item) => {
        const option = document.createElement("option");
        option.value = item;
        return option;
      }));
    } catch { /* without completion, then */ }
  };
  const ask = (event) => {
    if (!names || event.target.name !== "factor-name") return;
    clearTimeout(asking);
    asking = setTimeout(() => complete(event.target.value.trim()), event.type === "input" ? 200 : 0);
  };
  form.addEventListener("focusin", ask);
  form.addEventListener("input", ask);
})();
