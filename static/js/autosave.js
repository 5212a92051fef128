// Keeps a half-written form: <form data-autosave-url="…" data-autosave-key="…">.
//
// Each changed field gets a growing sequence number when it changes, so that a late packet never
// wins over a newer one. What could not be sent waits with its number in the browser's storage and
// is sent when the line is back, after a reload too. The server answers 200 {"saved_at": "10:42"};
// data-autosave-kept='{"note": 17}' says which numbers it has already. What waits leaves the
// storage when the server has it: by that answer, by those numbers, or by a page that says that the
// form arrived (portal.js). A page that merely is another one proves nothing.
// [data-autosave-status] shows the state in words. Without this script the form works as ever.
(() => {
  "use strict";
  const WAIT_MS = 600;
  const RETRY_MS = [2000, 5000, 15000, 30000];

  const form = document.querySelector("form[data-autosave-url]");
  if (!form) return;
  const status = document.querySelector("[data-autosave-status]");
  const words = status ? status.dataset : {};
  const storeKey = `autosave:${form.dataset.autosaveKey || form.dataset.autosaveUrl}`;
  const store = (() => {
    try {
      localStorage.setItem("autosave", "1");
      return localStorage;
    } catch {
      return { getItem: () => null, setItem: () => {}, removeItem: () => {} };
    }
  })();

  const kept = JSON.parse(form.dataset.autosaveKept || "{}"); // field name -> sequence
  const stored = JSON.parse(store.getItem(storeKey) || "{}");
  // Field name -> {values, sequence}; without what the server has newer, perhaps from elsewhere.
  let waiting = Object.fromEntries(
    Object.entries(stored).filter(([name, field]) => field.sequence > (kept[name] || 0)),
  );
  let timer = null;
  let inFlight = null;
  let isSubmitted = false;
  let tries = 0;

  const numbers = [...Object.values(kept), ...Object.values(waiting).map((field) => field.sequence)];
  let newest = Math.max(0, ...numbers);
  const nextNumber = () => {
    newest = Math.max(newest + 1, Date.now());
    form.dataset.autosaveSequence = String(newest);
    return newest;
  };
  form.dataset.autosaveSequence = String(newest);

  const say = (state, text) => {
    if (!status) return;
    status.dataset.state = state;
    if (status.textContent !== text) status.textContent = text;
  };

  const keep = () => {
    if (Object.keys(waiting).length) store.setItem(storeKey, JSON.stringify(waiting));
    else store.removeItem(storeKey);
  };

  const valuesOf = (name) => new FormData(form).getAll(name).filter((value) => typeof value === "string");

  const isOurs = (field) =>
    field.name && !field.name.startsWith("csrf") && field.type !== "file" && field.type !== "password" &&
    field.type !== "submit" && field.dataset.autosave !== "no";

  // What an earlier visit could not send belongs into the form before anything else.
  for (const [name, { values }] of Object.entries(waiting)) {
    for (const field of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
      if (field.type === "radio" || field.type === "checkbox") field.checked = values.includes(field.value);
      else field.value = values[0] || "";
    }
  }

  const body = (changes) => {
    const data = new FormData();
    data.set("csrfmiddlewaretoken", form.querySelector("[name=csrfmiddlewaretoken]")?.value || "");
    const submitKey = form.querySelector("[name=submit_key]");
    if (submitKey) data.set("submit_key", submitKey.value);
    for (const [name, { values, sequence }] of Object.entries(changes)) {
      data.append("autosave_field", name);
      data.append("autosave_sequence", String(sequence));
      for (const value of values) data.append(name, value);
    }
    return data;
  };

  const send = async () => {
    clearTimeout(timer);
    if (isSubmitted || inFlight || !Object.keys(waiting).length) return;
    inFlight = waiting;
    say("saving", words.saving || "");
    try {
      const answer = await fetch(form.dataset.autosaveUrl, {
        method: "POST",
        body: body(inFlight),
        headers: { Accept: "application/json" },
        credentials: "same-origin",
        keepalive: true,
        // Who is led to the sign-in page has saved nothing.
        redirect: "manual",
      });
      if (!answer.ok) throw Object.assign(new Error(), { status: answer.status });
      const { saved_at: savedAt } = await answer.json();
      for (const [name, field] of Object.entries(inFlight)) {
        if (waiting[name] === field) delete waiting[name];
      }
      inFlight = null;
      tries = 0;
      keep();
      say("saved", `${words.saved || ""} ${savedAt}`.trim());
      if (Object.keys(waiting).length) timer = setTimeout(send, WAIT_MS);
    } catch (error) {
      inFlight = null;
      // 4xx: the server will never take it; the form itself still can.
      const isRefused = error.status >= 400 && error.status < 500 && error.status !== 429;
      say(isRefused ? "failed" : "offline", isRefused ? words.failed || "" : words.offline || "");
      form.dataset.autosaveFailed = "1";
      if (!isRefused) timer = setTimeout(send, RETRY_MS[Math.min(tries++, RETRY_MS.length - 1)]);
      return;
    }
    delete form.dataset.autosaveFailed;
  };

  const changed = (event) => {
    const field = event.target;
    if (!isOurs(field)) return;
    isSubmitted = false;
    waiting = { ...waiting, [field.name]: { values: valuesOf(field.name), sequence: nextNumber() } };
    keep();
    clearTimeout(timer);
    timer = setTimeout(send, event.type === "change" ? 0 : WAIT_MS);
  };

  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  // From here on the form itself brings everything. What waits stays in the storage, marked with the
  // form's key, until a page says that this very form arrived.
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    isSubmitted = true;
    const key = form.querySelector("[name=submit_key]")?.value;
    for (const field of Object.values(waiting)) field.form = key;
    keep();
  });
  // Back on the page, perhaps because the form did not get through.
  window.addEventListener("pageshow", () => {
    isSubmitted = false;
    send();
  });
  window.addEventListener("online", send);
  // The page may be gone in a moment: what waits goes out with keepalive.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") send();
  });
  keep();
})();
