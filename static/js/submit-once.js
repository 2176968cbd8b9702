// Shows that a form is on its way and lets it be sent only once. The server has its own guards
// (idempotency keys); this is for the eyes. Opt out with data-resubmittable.
(() => {
  const BUSY = "aria-busy";

  const release = (form) => {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll(`button[${BUSY}]`)) {
      button.removeAttribute(BUSY);
      button.querySelector(".spinner")?.remove();
    }
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || "resubmittable" in form.dataset) return;
    if ("sent" in form.dataset) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    form.dataset.sent = "";
    setTimeout(() => release(form), 10_000); // the answer never came, or was a download
    const button = event.submitter;
    if (button) {
      button.setAttribute(BUSY, "true");
      const spinner = document.createElement("span");
      spinner.className = "spinner";
      spinner.setAttribute("aria-hidden", "true");
      button.prepend(spinner);
    }
  }, true);

  // The form is there again: after an htmx answer, and when the page comes back from history.
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest?.("form");
    if (form) release(form);
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) document.querySelectorAll("form[data-sent]").forEach(release);
  });
})();
