// After a swap: focus goes to the first invalid field, else to the swapped region's heading,
// and the live region says what is new. Polls and parts marked data-quiet leave focus alone.
(() => {
  const focusable = "a[href], button, input, select, textarea, [tabindex]";

  const say = (text) => {
    const live = document.getElementById("live");
    if (!live) return;
    live.textContent = "";
    // A region that is emptied and filled at once is not read out.
    setTimeout(() => { live.textContent = text; }, 50);
  };

  const focus = (element) => {
    if (!element.matches(focusable)) element.setAttribute("tabindex", "-1");
    element.focus();
  };

  const isQuiet = (event) => {
    const source = event.detail.requestConfig?.elt;
    const trigger = event.detail.requestConfig?.triggeringEvent?.type;
    return !trigger || trigger === "load" || source?.closest("[data-quiet]");
  };

  // A page that arrives with errors starts at their summary.
  document.addEventListener("DOMContentLoaded", () => {
    document.querySelector("[data-error-summary]")?.focus();
  });

  // The event comes once for each new element; one answer moves the focus once.
  const answered = new WeakSet();

  // Whose swap takes the focused element away. htmx gives the focus back where ids match.
  let bereft = null;
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target, xhr } = event.detail;
    bereft = target.contains(document.activeElement) ? xhr : null;
  });

  document.addEventListener("htmx:afterSettle", (event) => {
    const { xhr, target, elt } = event.detail;
    const swapped = target?.isConnected ? target : elt;
    if (!xhr || answered.has(xhr) || !swapped.isConnected) return;
    // What is swapped in several parts is one region, with one heading to go on from.
    const region = swapped.closest("[data-region]") || swapped;
    const isLost = xhr === bereft && document.activeElement === document.body;
    if (isQuiet(event) && !isLost) return;
    answered.add(xhr);
    const invalid = region.querySelector('[aria-invalid="true"]');
    const heading = region.querySelector("[data-focus]") || region.querySelector("h1, h2, h3");
    const goal = invalid || heading;
    if (goal) focus(goal);
    const spoken = region.querySelector("[data-say]")?.dataset.say || heading?.textContent;
    if (spoken) say(spoken.trim().replace(/\s+/g, " "));
  });

  // What htmx doesn't swap in would pass in silence.
  const tell = (sentence) => {
    const template = document.getElementById("trouble");
    const messages = document.getElementById("messages");
    if (!template || !messages) return;
    const alert = template.content.cloneNode(true);
    alert.querySelector("[data-text]").textContent = sentence;
    messages.replaceChildren(alert);
    messages.scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("htmx:responseError", (event) => {
    const { dataset } = document.getElementById("trouble") || { dataset: {} };
    tell(event.detail.xhr.status === 429 ? dataset.tooMany : dataset.failed);
  });
  document.addEventListener("htmx:sendError", () => {
    tell(document.getElementById("trouble")?.dataset.offline);
  });
})();
