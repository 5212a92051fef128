// Small comforts on every page. Everything works without them.
(() => {
  "use strict";

  // "/" goes to the search field, unless somebody is typing.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    const active = document.activeElement;
    if (active && (active.isContentEditable || /^(input|textarea|select)$/i.test(active.tagName))) return;
    const field = document.querySelector("[data-search]");
    if (!field) return;
    event.preventDefault();
    field.focus();
    field.select();
  });

  // Menus are <details>: close them on Escape and on a click elsewhere.
  const closeMenus = (except) => {
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      if (menu !== except) menu.open = false;
    }
  };
  document.addEventListener("click", (event) => closeMenus(event.target.closest("details[data-menu]")));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.querySelector("details[data-menu][open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  document.addEventListener("focusin", (event) => closeMenus(event.target.closest("details[data-menu]")));

  // The theme changes at once; the choice is stored by the form's own address.
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-theme-form]");
    if (!form || !event.submitter) return;
    event.preventDefault();
    const chosen = event.submitter.value;
    document.documentElement.dataset.theme = chosen;
    for (const button of form.querySelectorAll("button[name=theme]")) {
      button.setAttribute("aria-pressed", String(button.value === chosen));
    }
    const data = new FormData(form);
    data.set("theme", chosen);
    fetch(form.action, { method: "POST", body: data, redirect: "manual", credentials: "same-origin" })
      .catch(() => {});
  });

  // A form that came back with errors: its summary is read first.
  const showErrors = (root) => {
    const summary = root.querySelector("[data-error-summary]");
    if (summary) summary.focus();
  };
  document.addEventListener("DOMContentLoaded", () => showErrors(document));
  document.addEventListener("htmx:afterSwap", (event) => showErrors(event.target));

  // A radio button that an error's link leads to gets the focus, not only the scroll.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-error-summary] a");
    const target = link && document.getElementById(link.hash.slice(1));
    if (!target) return;
    event.preventDefault();
    const closed = target.closest("details:not([open])");
    if (closed) closed.open = true;
    target.focus();
    target.scrollIntoView({ block: "center" });
  });

  // A choice that should act at once says so: <select data-submit>.
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
  });

  // Forms keep themselves in the storage (autosave.js). Only a page of the server's that says
  // data-autosave-arrived takes that away: all of the form of that name, or what was sent with that
  // submit key. Any other page may follow because the form did not get through.
  const forget = (isOver) => {
    try {
      for (const name of Object.keys(localStorage).filter((key) => key.startsWith("autosave:"))) {
        const fields = Object.entries(JSON.parse(localStorage.getItem(name)));
        const left = fields.filter(([, field]) => !isOver(name.slice("autosave:".length), field));
        if (left.length) localStorage.setItem(name, JSON.stringify(Object.fromEntries(left)));
        else localStorage.removeItem(name);
      }
    } catch {
      // No storage, nothing kept.
    }
  };
  document.addEventListener("DOMContentLoaded", () => {
    const arrived = document.querySelector("[data-autosave-arrived]")?.dataset.autosaveArrived;
    if (arrived) forget((form, field) => form === arrived || field.form === arrived);
  });

  // Somebody else may use the device after a sign-out: once it is done, nothing of theirs stays. Who
  // is only asked to sign in again keeps everything.
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-sign-out]")) sessionStorage.setItem("signing-out", "1");
  });
  document.addEventListener("DOMContentLoaded", () => {
    if (!sessionStorage.getItem("signing-out")) return;
    sessionStorage.removeItem("signing-out");
    if (document.querySelector("[data-signed-out]")) forget((form) => form.startsWith("user-"));
  });

  // Sign-in tells here that a passkey could not be used; most often somebody closed its dialog.
  document.addEventListener("allauth.error", (event) => {
    const place = document.querySelector("[data-passkey-error]");
    if (!place) return;
    event.preventDefault();
    place.textContent = place.dataset.text;
  });

  // A second click on a form's button while the first is under way does nothing.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || form.target) return;
    if (form.dataset.sending) {
      event.preventDefault();
      return;
    }
    form.dataset.sending = "1";
  });
  // Without a connection a page of ours says so.
  if ("serviceWorker" in navigator && window.isSecureContext) {
    window.addEventListener("load", () => navigator.serviceWorker.register("/sw.js").catch(() => {}));
  }

  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sending]")) delete form.dataset.sending;
  });
})();
