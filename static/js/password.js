// A button under a password field that shows what was typed: <input type="password" data-show="Show" data-hide="Hide">
(() => {
  for (const input of document.querySelectorAll("input[type=password][data-show]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "link tap cursor-pointer self-start text-sm";
    button.setAttribute("aria-controls", input.id);
    const show = (shown) => {
      input.type = shown ? "text" : "password";
      button.textContent = shown ? input.dataset.hide : input.dataset.show;
    };
    show(false);
    button.addEventListener("click", () => show(input.type === "password"));
    // A browser keeps what is sent as text; what is sent as a password it doesn't.
    input.form?.addEventListener("submit", () => show(false));
    input.after(button);
  }
})();
