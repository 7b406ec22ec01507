// Pictures and files put into a text: pasted, dropped, or chosen. Without this script there is the page "Files".
'use strict';
(() => {
  const form = document.querySelector('form[data-attach]');
  if (!form) return;
  let action = form.dataset.attach;
  const state = form.querySelector('[data-attached]');
  const say = (text) => { if (state) state.textContent = text; };
  const token = () => form.querySelector('input[name="csrf"]').value;

  // Puts text in place of what is chosen, as if it had been typed: undo takes it out again.
  const insert = (area, text) => {
    if (!document.execCommand(text ? 'insertText' : 'delete', false, text)) {
      area.setRangeText(text, area.selectionStart, area.selectionEnd, 'end');
      area.dispatchEvent(new Event('input', { bubbles: true }));
    }
  };

  // Puts text where the cursor was. Whoever writes elsewhere keeps theirs; what undo knew of this text ends here.
  const add = (area, text) => {
    if (document.activeElement === area) {
      insert(area, text);
      return;
    }
    area.setRangeText(text, area.selectionEnd, area.selectionEnd, 'end');
    area.dispatchEvent(new Event('input', { bubbles: true }));
  };

  // Replaces a mark that somebody may have moved or taken out meanwhile.
  const settle = (area, mark, text) => {
    const at = area.value.indexOf(mark);
    if (at < 0) return;
    const end = at + mark.length;
    const { selectionStart, selectionEnd, selectionDirection, scrollTop } = area;
    const moved = (place) => (place >= end ? place + text.length - mark.length : Math.min(place, at + text.length));
    if (document.activeElement === area) {
      area.setSelectionRange(at, end);
      insert(area, text);
    } else {
      area.setRangeText(text, at, end, 'preserve');
      area.dispatchEvent(new Event('input', { bubbles: true }));
    }
    area.setSelectionRange(moved(selectionStart), moved(selectionEnd), selectionDirection);
    area.scrollTop = scrollTop;
  };

  const problemOf = async (answer) => {
    if (answer.status === 422) return (await answer.json()).problem;
    if (answer.status === 413) return 'The file is too large.';
    if (answer.status === 401 || answer.status === 403 || answer.redirected) return 'You are signed out, or may not change this report.';
    return 'The file could not be attached. Try again.';
  };

  // A new report is saved as a draft first, so that its pictures have a place. What is sent is what Save would send.
  const begin = async () => {
    if (!form.elements.title.value.trim()) {
      say('Give the report a title first; then it is saved as a draft, and the picture with it.');
      form.elements.title.focus();
      return false;
    }
    say('Saving the draft …');
    const fields = new URLSearchParams(new FormData(form));
    fields.set('do', 'save');
    fields.set('editor', form.tabName());
    const answer = await fetch(form.action, { method: 'POST', body: fields, redirect: 'follow', signal: within(30) });
    const key = /\/reports\/(PM-\d+)$/.exec(new URL(answer.url).pathname)?.[1];
    if (!answer.ok || !key) {
      say('The draft could not be saved. Press “Save draft” to see what needs a look; then add the picture.');
      return false;
    }
    action = `/reports/${key}/attachments`;
    return true;
  };
  // The page goes on as the editor of that draft, with all that is typed; the button that waited is pressed there.
  const goOn = (button) => {
    const words = new URLSearchParams(new FormData(form));
    words.set('base_revision', '1');
    words.set('do', button?.value || (words.has('text') ? 'by_section' : 'as_text'));
    form.goOn(action.replace(/attachments$/, 'edit'), words);
  };

  let count = 0;
  let pending = 0;
  let waiting = null;
  // Somebody who saves again does not want to wait.
  let stop = new AbortController();
  const within = (seconds) => AbortSignal.any([stop.signal, AbortSignal.timeout(seconds * 1000)]);
  const attach = async (area, file) => {
    const name = file.name || 'picture';
    // Browsers give every picture of the screen the same name.
    const mark = `[attaching ${name.replace(/[[\]]/g, '')} ${count += 1} …]`;
    add(area, mark);
    say(`Attaching ${name} …`);
    const body = new FormData();
    body.append('csrf', token());
    body.append('file', file, name);
    try {
      const answer = await fetch(action, { method: 'POST', body, headers: { accept: 'application/json' }, redirect: 'follow', signal: within(180) });
      if (answer.status !== 201) {
        settle(area, mark, '');
        say(`${name}: ${await problemOf(answer)}`);
        return;
      }
      settle(area, mark, (await answer.json()).markdown);
      say(`${name} is attached.`);
    } catch (error) {
      settle(area, mark, '');
      const why = error.name === 'TimeoutError' ? 'it took too long' : 'the connection is gone';
      say(stop.signal.aborted ? `${name} was left out.` : `${name} could not be sent: ${why}. Try again.`);
    }
  };

  // One draft, however many files come at once.
  let beginning = null;
  const isNew = !action;
  const begun = async () => {
    if (action) return true;
    beginning ??= begin().finally(() => { beginning = null; });
    return beginning;
  };
  /* For a link of a new report (beside.js): its draft, or nothing; and the editor of that. */
  form.draft = async () => ((await begun()) ? action.replace(/\/attachments$/, '') : '');
  form.editDraft = () => { if (!pending) goOn(null); };
  const attachAll = async (area, files) => {
    pending += 1;
    try {
      if (await begun()) {
        for (const file of files) if (!stop.signal.aborted) await attach(area, file);
      }
    } catch {
      say(stop.signal.aborted ? 'The file was left out.' : 'The draft could not be sent: the connection is gone. Try again.');
    }
    pending -= 1;
    if (pending) return;
    stop = new AbortController();
    const button = waiting;
    waiting = null;
    if (isNew && action) goOn(button);
    // Not while the press that was waited for is still being told of.
    else if (button) setTimeout(() => form.requestSubmit(button));
  };
  // A text is not saved with marks of what is still on its way. Pressed once more, it is saved without that.
  form.addEventListener('submit', (event) => {
    if (!pending) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (waiting) stop.abort();
    else say('Saving as soon as the file is attached. Press once more to save without it.');
    waiting = event.submitter ?? form.querySelector('[data-submit]');
  }, true);

  // Rows are read from pasted lines, and who is who is not saved: a picture would be lost there.
  const takes = (field) => field.matches('textarea:not([name=people], [name=event-paste])');
  form.addEventListener('paste', (event) => {
    const files = event.clipboardData ? [...event.clipboardData.files] : [];
    // Office programs put a picture of the text beside the text: then the text is meant.
    if (!files.length || !takes(event.target) || event.clipboardData.types.includes('text/plain')) return;
    event.preventDefault();
    attachAll(event.target, files);
  });

  // The text that had the cursor last gets what is chosen, and what is dropped beside the texts.
  let last = null;
  form.addEventListener('focusin', (event) => { if (takes(event.target)) last = event.target; });
  const latest = () => (last?.isConnected ? last : form.querySelector('textarea[name=text], textarea[name=document]'));
  // The browser would open it in place of this page.
  document.addEventListener('dragover', (event) => {
    if (event.dataTransfer?.types.includes('Files')) event.preventDefault();
  });
  document.addEventListener('drop', (event) => {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    const area = event.target instanceof Element && form.contains(event.target) && takes(event.target) ? event.target : latest();
    if (event.dataTransfer.files.length) attachAll(area, [...event.dataTransfer.files]);
  });
  const chooser = form.querySelector('[data-attach-file]');
  const button = form.querySelector('[data-attach-choose]');
  if (chooser && button) {
    button.addEventListener('click', () => chooser.click());
    chooser.addEventListener('change', () => {
      attachAll(latest(), [...chooser.files]).then(() => { chooser.value = ''; });
    });
  }
})();
