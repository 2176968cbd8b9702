// Knows the device's time zone.
//   <input type="hidden" data-browser-zone>   gets its name (sign-up)
//   <select data-zone-choice>                 is offered it by [data-zone-offer] when it says another one
(() => {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zone) return;

  for (const input of document.querySelectorAll("input[data-browser-zone]")) {
    input.value ||= zone;
  }

  const select = document.querySelector("select[data-zone-choice]");
  const offer = document.querySelector("[data-zone-offer]");
  if (!select || !offer) return;
  const known = [...select.options].some((option) => option.value === zone);
  if (!known || select.value === zone) return;
  offer.querySelector("[data-zone-name]").textContent = zone.replaceAll("_", " ");
  offer.hidden = false;
  offer.querySelector("button").addEventListener("click", () => {
    select.value = zone;
    offer.hidden = true;
    select.focus();
  });
})();
