// Warns before a page is left only where something would be lost: the autosave of its form failed,
// or a form marked with data-warn-unsaved was changed and has no autosave.
(() => {
  "use strict";
  let isSending = false;
  document.addEventListener("submit", () => {
    isSending = true;
  });
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (form && form.matches("[data-warn-unsaved]")) form.dataset.changed = "1";
  });
  window.addEventListener("beforeunload", (event) => {
    const isAtRisk = document.querySelector("form[data-autosave-failed], form[data-changed]");
    if (!isSending && isAtRisk) event.preventDefault();
  });
})();
