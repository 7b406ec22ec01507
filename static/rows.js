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
    event.preventDefault();
    const fields = main(row);
    const at = fields.indexOf(field);
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
    if (event.isComposing) return;
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
    } else if (event.altKey && !command && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
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
      field.value = before;
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

  /* The figure follows what is typed. */
  const figure = form.querySelector("[data-figure]");
  let drawing = 0;
  form.addEventListener("input", (event) => {
    if (!figure || !/^(event-|.*_at$|timezone$)/.test(event.target.name ?? "")) return;
    clearTimeout(drawing);
    drawing = setTimeout(() => figure.dispatchEvent(new Event("rows-typed")), 800);
  });

  /* Names that other reports gave to what made them possible. */
  const names = form.querySelector("[data-names]");
  let asking = 0;
  let asked = null;
  const complete = async (typed) => {
    if (typed === asked) return;
    asked = typed;
    try {
      const answer = await fetch(`${names.dataset.names}?q=${encodeURIComponent(typed)}`, { signal: AbortSignal.timeout(5000) });
      if (!answer.ok || asked !== typed) return;
      const { items } = await answer.json();
      names.replaceChildren(...items.map((item) => {
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
