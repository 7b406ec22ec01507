// Names after an @ in a comment. Without this file the full name is typed by hand.
(() => {
  "use strict";
  const typed = /(^|[^\p{L}\p{N}._\-+@/])@([^\n@]{1,60})$/u;

  const complete = (area) => {
    const list = document.createElement("ul");
    list.className = "mention-list";
    list.setAttribute("aria-label", "People who may read this report");
    list.hidden = true;
    const told = document.createElement("p");
    told.className = "sr-only";
    told.setAttribute("role", "status");
    area.after(list, told);
    let timer = 0;
    let asked = 0;

    const hide = () => {
      list.hidden = true;
      list.replaceChildren();
      told.textContent = "";
    };
    const part = () => typed.exec(area.value.slice(0, area.selectionStart));

    const insert = (name) => {
      const found = part();
      if (!found) return hide();
      const end = area.selectionStart;
      const start = end - found[2].length;
      area.setRangeText(name + " ", start, end, "end");
      area.dispatchEvent(new Event("input", { bubbles: true }));
      hide();
      area.focus();
    };

    const show = (names) => {
      list.replaceChildren(...names.map((name) => {
        const item = document.createElement("li");
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = name;
        button.addEventListener("click", () => insert(name));
        item.append(button);
        return item;
      }));
      list.hidden = names.length === 0;
      told.textContent = names.length === 0
        ? ""
        : `${names.length === 1 ? "1 name" : `${names.length} names`}: Down arrow to choose, Escape to go on typing.`;
    };

    const look = async () => {
      const found = part();
      if (!found) return hide();
      const mine = ++asked;
      try {
        const address = `${area.dataset.mentions}?${new URLSearchParams({ q: found[2] })}`;
        const answer = await fetch(address, { headers: { accept: "application/json" } });
        const names = answer.ok ? (await answer.json()).names : [];
        const done = names.some((name) => found[2].toLowerCase().startsWith(name.toLowerCase()));
        if (mine === asked && part()) show(done ? [] : names);
      } catch {
        hide();
      }
    };

    area.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(look, 150);
    });
    const move = (event) => {
      const buttons = [...list.querySelectorAll("button")];
      if (list.hidden || buttons.length === 0) return;
      const at = buttons.indexOf(document.activeElement);
      if (event.key === "Escape") {
        event.preventDefault();
        hide();
        area.focus();
      } else if (event.key === "ArrowDown") {
        event.preventDefault();
        buttons[Math.min(at + 1, buttons.length - 1)].focus();
      } else if (event.key === "ArrowUp" && at >= 0) {
        event.preventDefault();
        (at === 0 ? area : buttons[at - 1]).focus();
      }
    };
    area.addEventListener("keydown", move);
    list.addEventListener("keydown", move);
  };

  document.querySelectorAll("textarea[data-mentions]").forEach(complete);
})();
