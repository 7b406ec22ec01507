// Pictures and files put into a text: pasted, dropped, or chosen. Without this script there is the page "Files".
'use strict';
(() => {
  const form = document.querySelector('form[data-attach]');
  if (!form) return;
  let action = form.dataset.attach;
  const state = form.querySelector('[data-attached]');
  const say = (text) => { if (state) state.textContent = text; };
  const tab = () => { try { return sessionStorage.getItem('hansei.tab') ?? ''; } catch { return ''; } };
  const token = () => form.querySelector('input[name="csrf"]').value;

  // Puts text where the cursor is, as if it had been typed: undo takes it out again.
  const insert = (area, text) => {
    area.focus();
    if (!document.execCommand('insertText', false, text)) {
      area.setRangeText(text, area.selectionStart, area.selectionEnd, 'end');
      area.dispatchEvent(new Event('input', { bubbles: true }));
    }
  };

  // Replaces a mark that somebody may have moved or taken out meanwhile.
  const settle = (area, mark, text) => {
    const at = area.value.indexOf(mark);
    if (at < 0) return;
    area.setRangeText(text, at, at + mark.length, 'preserve');
    area.dispatchEvent(new Event('input', { bubbles: true }));
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
    fields.set('editor', tab());
    const answer = await fetch(form.action, { method: 'POST', body: fields, redirect: 'follow' });
    const key = /\/reports\/(PM-\d+)$/.exec(new URL(answer.url).pathname)?.[1];
    if (!answer.ok || !key) {
      say('The draft could not be saved. Press “Save draft” to see what needs a look; then add the picture.');
      return false;
    }
    action = `/reports/${key}/attachments`;
    return true;
  };
  // The page goes on as the editor of that draft, with all that is typed; nothing is saved by that.
  const goOn = () => {
    const back = document.createElement('form');
    back.method = 'post';
    back.action = action.replace(/attachments$/, 'edit');
    const fields = new FormData(form);
    fields.set('base_revision', '1');
    fields.set('do', fields.has('text') ? 'by_section' : 'as_text');
    for (const [name, value] of fields) {
      const field = document.createElement('textarea');
      field.name = name;
      field.value = value;
      field.hidden = true;
      back.append(field);
    }
    try { localStorage.removeItem(`hansei.unsaved /reports ${tab()}`); } catch { /* nothing there then */ }
    document.body.append(back);
    form.autosaved = new URLSearchParams(new FormData(form)).toString();
    back.submit();
  };

  let count = 0;
  let pending = 0;
  let waiting = null;
  const attach = async (area, file) => {
    const name = file.name || 'picture';
    // Browsers give every picture of the screen the same name.
    const mark = `[attaching ${name.replace(/[[\]]/g, '')} ${count += 1} …]`;
    insert(area, mark);
    say(`Attaching ${name} …`);
    const body = new FormData();
    body.append('csrf', token());
    body.append('file', file, name);
    try {
      const answer = await fetch(action, { method: 'POST', body, headers: { accept: 'application/json' }, redirect: 'follow' });
      if (answer.status !== 201) {
        settle(area, mark, '');
        say(`${name}: ${await problemOf(answer)}`);
        return;
      }
      settle(area, mark, (await answer.json()).markdown);
      say(`${name} is attached.`);
    } catch {
      settle(area, mark, '');
      say(`${name} could not be sent: the connection is gone. Try again.`);
    }
  };

  const attachAll = async (area, files) => {
    pending += 1;
    const isNew = !action;
    try {
      if (isNew && !(await begin())) return;
      for (const file of files) await attach(area, file);
    } catch {
      say('The draft could not be sent: the connection is gone. Try again.');
      return;
    } finally {
      pending -= 1;
    }
    if (isNew) goOn();
    else if (!pending && waiting) form.requestSubmit(waiting);
  };
  // A text is not saved with marks of what is still on its way.
  form.addEventListener('submit', (event) => {
    waiting = null;
    if (!pending) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    waiting = event.submitter;
    say('Saving as soon as the file is attached …');
  }, true);

  form.addEventListener('paste', (event) => {
    const files = event.clipboardData ? [...event.clipboardData.files] : [];
    // Office programs put a picture of the text beside the text: then the text is meant.
    if (!files.length || !event.target.matches('textarea') || event.clipboardData.types.includes('text/plain')) return;
    event.preventDefault();
    attachAll(event.target, files);
  });
  form.addEventListener('dragover', (event) => {
    if (event.target.matches('textarea') && event.dataTransfer.types.includes('Files')) event.preventDefault();
  });
  form.addEventListener('drop', (event) => {
    if (!event.target.matches('textarea') || !event.dataTransfer.files.length) return;
    event.preventDefault();
    attachAll(event.target, [...event.dataTransfer.files]);
  });

  // The text that had the cursor last gets what is chosen.
  let last = form.querySelector('textarea');
  form.addEventListener('focusin', (event) => { if (event.target.matches('textarea')) last = event.target; });
  const chooser = form.querySelector('[data-attach-file]');
  const button = form.querySelector('[data-attach-choose]');
  if (chooser && button) {
    button.addEventListener('click', () => chooser.click());
    chooser.addEventListener('change', () => {
      attachAll(last, [...chooser.files]).then(() => { chooser.value = ''; });
    });
  }
})();
