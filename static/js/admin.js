// The admin site gives some fields no name that can be heard: those in the rows of a table, the two
// parts of a moment, and the lists that one types into. They take the words that stand beside them.
// And what scrolls must be reached by the keyboard.
(() => {
  "use strict";
  let count = 0;
  const idOf = (element) => (element.id ||= `admin-name-${(count += 1)}`);

  // The heading of the column, or the label of the row.
  const wordsFor = (field) => {
    const cell = field.closest(".tabular td");
    if (cell) return cell.closest("table").tHead.rows[0].cells[cell.cellIndex];
    return field.closest(".form-row, fieldset")?.querySelector("label, legend");
  };

  const name = (element, ...more) => {
    const words = wordsFor(element);
    if (words) element.setAttribute("aria-labelledby", [idOf(words), ...more].join(" "));
  };

  const nameAll = () => {
    for (const field of document.querySelectorAll("#content-main :is(input, select, textarea)")) {
      if (field.labels && !field.labels.length && !field.ariaLabel) name(field);
    }
    for (const list of document.querySelectorAll(".select2-selection")) {
      const chosen = list.querySelector("[id$=-container]");
      name(list, ...(chosen ? [chosen.id] : []));
      if (chosen) name(chosen);
    }
    for (const sign of document.querySelectorAll("span[aria-label]:not([role])")) {
      sign.setAttribute("role", "img");
    }
    for (const group of document.querySelectorAll(".inline-group")) group.tabIndex = 0;
    for (const heading of document.querySelectorAll(".tabular th")) {
      if (!heading.textContent.trim()) heading.replaceWith(document.createElement("td"));
    }
  };

  // After those scripts that wait for the page themselves.
  window.addEventListener("load", () => (window.django?.jQuery ?? setTimeout)(nameAll));
  document.addEventListener("formset:added", () => setTimeout(nameAll));
})();
