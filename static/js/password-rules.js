// Ticks off, while one types, what a password needs: <ul data-password-rules="id of the field">.
// The rules stand there as text without this, and the server checks them all (password_rules.py).
(() => {
  const HOLDS = {
    length: (text) => [...text].length >= 8 && [...text].length <= 128,
    upper: (text) => /\p{Lu}/u.test(text),
    digit: (text) => /\p{Nd}/u.test(text),
    special: (text) => /[\p{P}\p{S}]/u.test(text),
  };

  for (const list of document.querySelectorAll("[data-password-rules]")) {
    const input = document.getElementById(list.dataset.passwordRules);
    if (!input) continue;
    const check = () => {
      for (const item of list.querySelectorAll("[data-rule]")) {
        const holds = HOLDS[item.dataset.rule](input.value);
        item.toggleAttribute("data-met", holds);
        const state = item.querySelector("[data-state]");
        const text = holds ? list.dataset.met : "";
        if (state.textContent !== text) state.textContent = text;
      }
    };
    input.addEventListener("input", check);
    check();
  }
})();
