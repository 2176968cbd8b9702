// Closes messages, and menus made of <details> when one clicks beside them or presses Escape.
(() => {
  document.addEventListener("DOMContentLoaded", () => {
    for (const button of document.querySelectorAll("[data-dismiss]")) button.hidden = false;
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-dismiss]");
    if (button) {
      button.closest("[data-dismissible]").remove();
      document.getElementById("main").focus();
    }
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
})();
