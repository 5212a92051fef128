// Comforts while answering a survey. Without this script the server does the same, page by page:
// it shows the questions that an answer calls for, and keeps the answers at Next and Back.
(() => {
  "use strict";
  const form = document.querySelector("form[data-survey]");
  if (!form) return;
  const questions = [...form.querySelectorAll(".question")];

  // ---- Questions that depend on an answer on this page -----------------------------------------
  const said = (name) =>
    [...form.querySelectorAll(`input[name="${name}"]:checked:enabled`)].map((input) => input.value);

  const setShown = (question, isShown) => {
    question.hidden = !isShown;
    for (const field of question.querySelectorAll("input, textarea")) field.disabled = !isShown;
  };

  const follow = () => {
    for (const question of questions) {
      const name = question.dataset.showIf;
      if (!name || !form.querySelector(`[name="${name}"]`)) continue;
      const wanted = question.dataset.showValues.split("\n");
      setShown(question, said(name).some((value) => wanted.includes(value)));
    }
  };

  // ---- A low rating asks what happened -----------------------------------------------------------
  const comment = (question) => {
    const box = question.querySelector("details.comment");
    const chosen = question.querySelector("input:checked");
    if (!box || !chosen) return;
    const isLow = Number(chosen.value) < Number(box.dataset.below);
    const label = box.querySelector("label");
    label.textContent = isLow ? label.dataset.low : label.dataset.other;
    if (isLow) box.open = true;
  };

  form.addEventListener("change", (event) => {
    follow();
    const question = event.target.closest(".question");
    if (question && event.target.type === "radio") comment(question);
  });

  // What is sent by a button is newer than every autosave before it.
  form.addEventListener("submit", () => {
    const clock = form.querySelector("[data-clock]");
    clock.value = String(Math.max(Date.now(), Number(form.dataset.autosaveSequence || 0)) + 1);
  });

  // ---- One question at a time on a phone ---------------------------------------------------------
  const next = form.querySelector("[data-next]");
  const back = form.querySelector("[data-back]");
  const progress = document.querySelector("[data-pager-progress]");
  const isPhone = window.matchMedia("(max-width: 47.99rem)");
  const asked = () => questions.filter((question) => !question.hidden);
  const inAddress = () => questions.find((question) => `#${question.id}` === location.hash);
  let current = null;

  const show = (question, { focus = true } = {}) => {
    current = question;
    for (const other of questions) other.classList.toggle("is-away", Boolean(question) && other !== question);
    if (!progress || !question) return;
    const list = asked();
    const [label, bar] = progress.children;
    progress.dataset.server ??= `${label.textContent}|${bar.value}|${bar.max}`;
    const [part, value] = progress.dataset.server.split("|");
    const place = list.indexOf(question);
    label.textContent = list.length > 1
      ? `${part} · ${progress.dataset.words.replace("{n}", place + 1).replace("{all}", list.length)}`
      : part;
    bar.value = Number(value) - 1 + (place + 1) / list.length;
    if (!focus) return;
    window.scrollTo(0, 0);
    const heading = question.querySelector("legend, label");
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  };

  const go = (question) => {
    history.pushState(null, "", `#${question.id}`);
    show(question);
  };

  const turn = () => {
    if (!next) return;
    const hasErrors = Boolean(document.querySelector("[data-error-summary]"));
    if (!isPhone.matches || hasErrors) {
      for (const question of questions) question.classList.remove("is-away");
      current = null;
      return;
    }
    show(inAddress() || asked()[0], { focus: false });
  };

  if (next) {
    next.addEventListener("click", (event) => {
      const list = asked();
      const after = current && list[list.indexOf(current) + 1];
      if (!after) return;
      event.preventDefault();
      go(after);
    });
    back.addEventListener("click", (event) => {
      const list = asked();
      const before = current && list[list.indexOf(current) - 1];
      if (!before) return;
      event.preventDefault();
      go(before);
    });
    window.addEventListener("popstate", () => isPhone.matches && show(inAddress() || asked()[0]));
    isPhone.addEventListener("change", turn);
  }

  follow();
  turn();
  // Some browsers, and autosave.js, put answers back after this ran.
  window.addEventListener("pageshow", () => {
    follow();
    questions.forEach(comment);
  });
})();
