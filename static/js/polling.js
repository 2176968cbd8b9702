// Parts of a page that refresh themselves (hx-trigger="every …") rest while nobody looks. htmx's own
// filter for it would need eval, which the content security policy forbids.
document.addEventListener("htmx:beforeRequest", (event) => {
  const trigger = event.detail.elt.getAttribute("hx-trigger") || "";
  if (document.hidden && trigger.startsWith("every ")) event.preventDefault();
});

// The server need not take them for somebody's clicks.
document.addEventListener("htmx:configRequest", (event) => {
  const trigger = event.detail.elt.getAttribute("hx-trigger") || "";
  if (trigger.startsWith("every ")) event.detail.headers["X-Polling"] = "1";
});
