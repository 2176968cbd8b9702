// Light, dark or as the system says. Runs in <head> before the first paint, so that the page
// doesn't flash; the choice is kept in this browser only.
(() => {
  const KEY = "theme";
  const root = document.documentElement;

  const stored = () => {
    try {
      return localStorage.getItem(KEY) || "system";
    } catch {
      return "system"; // storage is switched off
    }
  };
  const apply = (theme) => {
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    else delete root.dataset.theme;
  };

  apply(stored());

  document.addEventListener("DOMContentLoaded", () => {
    for (const form of document.querySelectorAll("[data-theme-switch]")) {
      form.hidden = false;
      const chosen = form.querySelector(`input[value="${stored()}"]`);
      if (chosen) chosen.checked = true;
      form.addEventListener("change", (event) => {
        apply(event.target.value);
        try {
          localStorage.setItem(KEY, event.target.value);
        } catch {
          // It holds for this page.
        }
      });
    }
  });
})();
