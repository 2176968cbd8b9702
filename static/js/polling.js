// Parts of a page that refresh themselves (hx-trigger="every …") rest while nobody looks. htmx's own
// filter for it would need eval, which the content security policy forbids.
document.addEventListener("htmx:beforeRequest", (event) => {
  const trigger = event.detail.elt.getAttribute("hx-trigger") || "";
  if (document.hidden && trigger.startsWith("every ")) event.preventDefault();
});
