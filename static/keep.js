// Hansei: what is typed into a shorter form (an account, a comment, a review) is kept in this browser until it has
// arrived, and is back after a crash. The forms work without this.
"use strict";
(() => {
  const { copies } = hansei;
  const DAYS = 30 * 86400000;

  const keep = (form) => {
    /* Nobody is offered the words of somebody else who wrote at this machine. */
    const name = `hansei.words ${form.dataset.keep} ${form.dataset.writer}`;
    /* What was typed into the form as it was before has names of its own. */
    const asides = `${name} before`;
    const aside = () => {
      try { return Object.keys(localStorage).filter((it) => it.startsWith(asides)); } catch { return []; }
    };
    const area = form.querySelector("textarea:not([readonly])");
    if (!area) return;
    const controls = () => [...form.elements].filter((it) => it.name && !/^(hidden|submit|button|checkbox|radio)$/.test(it.type) && !it.readOnly);
    const words = () => controls().map((it) => [it.name, it.value]);
    /* The revision that it was typed over, and what else the form is about. */
    const about = () => [...form.elements]
      .filter((it) => it.type === "hidden" && !["csrf", "once", "dismissed"].includes(it.name))
      .map((it) => [it.name, it.value]);
    const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
    const isAnswer = form.dataset.guard === "dirty";
    const begun = words();
    let mine = false;

    const notice = (text, ...more) => {
      const told = document.createElement("div");
      told.className = "notice";
      told.setAttribute("role", "status");
      const line = document.createElement("p");
      line.textContent = text;
      const discard = document.createElement("button");
      discard.type = "button";
      discard.className = "button";
      discard.textContent = "Discard it";
      const actions = document.createElement("p");
      actions.className = "actions";
      actions.append(discard);
      told.append(line, ...more, actions);
      form.before(told);
      return { told, discard };
    };
    const put = (values) => controls().forEach((it, at) => { it.value = values[at]?.[1] ?? ""; });

    /* Into their places, where they were typed; to be copied, where something else stands there now. */
    const offer = (copy, place) => {
      const fits = same(copy.about, about()) && same(copy.words.map(([key]) => key), begun.map(([key]) => key));
      if (fits && same(words(), begun)) {
        put(copy.words);
        if (place !== name && copies.keep(name, copy)) copies.drop(place);
        const { told, discard } = notice("What you typed is back.");
        form.addEventListener("submit", () => told.remove());
        discard.addEventListener("click", () => {
          put(begun);
          copies.drop(name);
          told.remove();
          area.focus();
        });
        return;
      }
      const shown = copy.words.filter(([, value], at) => value.trim() && value !== begun[at]?.[1]);
      const old = document.createElement("textarea");
      old.readOnly = true;
      old.rows = 6;
      old.setAttribute("aria-label", "What you typed");
      old.value = shown.map(([, value]) => value).join("\n\n");
      const field = document.createElement("div");
      field.className = "field";
      field.append(old);
      const { told, discard } = notice("You typed this into the form as it was before. Copy what should stay.", field);
      /* What is typed from here on is kept beside it. */
      let kept = place;
      if (place === name && copies.keep(`${asides} ${copy.at}`, copy)) {
        copies.drop(name);
        kept = `${asides} ${copy.at}`;
      }
      discard.addEventListener("click", () => {
        copies.drop(kept);
        told.remove();
        area.focus();
      });
    };

    const look = () => {
      /* The latest first: what fits no more is then beside what does. */
      for (const place of [name, ...aside()]) {
        const copy = copies.read(place);
        if (!copy) continue;
        const isOld = Date.now() - copy.at > DAYS;
        const isShown = same(copy.words, words());
        if (isOld || (isShown && !isAnswer)) copies.drop(place);
        else if (!isShown) offer(copy, place);
      }
    };

    /* Of several windows with this form the first keeps; the next one does when that is gone. */
    const own = () => {
      mine = true;
      look();
      return new Promise((done) => { addEventListener("pagehide", done, { once: true }); });
    };
    if (navigator.locks) navigator.locks.request(name, own).catch(() => {});
    else own();

    let waiting = 0;
    const store = (sent) => {
      if (!mine) return;
      if (same(words(), begun) && !isAnswer) copies.drop(name);
      else copies.keep(name, { at: Date.now(), about: about(), words: words(), sent });
    };
    form.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(store, 300);
    });
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden" && !copies.read(name)?.sent && !same(words(), begun)) store();
    });
    /* The page that says it was saved drops the copy (app.js). */
    form.addEventListener("submit", (event) => {
      clearTimeout(waiting);
      // A button that does something else sends the words along, but saves none.
      if (event.submitter?.formNoValidate) return store();
      store(true);
      try { sessionStorage.setItem("hansei.sent", JSON.stringify({ copy: name, below: form.dataset.below })); } catch { /* then it is offered once more */ }
    });
  };
  for (const form of document.querySelectorAll("form[data-keep]")) keep(form);
})();
