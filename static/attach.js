// Pictures and files put into a text: pasted, dropped, or chosen. Without this script there is the page "Files".
'use strict';
(() => {
  const form = document.querySelector('form[data-attach]');
  if (!form) return;
  const action = form.dataset.attach;
  const state = form.querySelector('[data-attached]');
  const say = (text) => { if (state) state.textContent = text; };
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

  const attach = async (area, file) => {
    const name = file.name || 'picture';
    if (!action) {
      say('Save the draft first, then add pictures and files.');
      return;
    }
    const mark = `[attaching ${name.replace(/[[\]]/g, '')} …]`;
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
    for (const file of files) await attach(area, file);
  };

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
  if (chooser && button && action) {
    button.addEventListener('click', () => chooser.click());
    chooser.addEventListener('change', () => {
      attachAll(last, [...chooser.files]).then(() => { chooser.value = ''; });
    });
  }
})();
