// Counts down to the moment in data-countdown, draws the ring, and says each whole minute left.
// When it is over the page is loaded anew, and the server says what can be done.
(() => {
  const start = (box) => {
    const end = Date.parse(box.dataset.countdown);
    const left = box.querySelector("[data-left]");
    const said = box.querySelector("[data-announce]");
    const ring = box.querySelector("[data-ring]");
    const arc = box.querySelector("[data-arc]");
    const whole = Math.max(end - Date.now(), 600000);
    let minuteSaid = null;
    ring?.removeAttribute("hidden");

    const tick = () => {
      const seconds = Math.round((end - Date.now()) / 1000);
      if (seconds <= 0) {
        left.textContent = said.dataset.over;
        said.textContent = said.dataset.over;
        clearInterval(timer);
        setTimeout(() => location.replace(location.href), 1500);
        return;
      }
      const minutes = Math.floor(seconds / 60);
      left.textContent = left.dataset.template.replace("%m", minutes).replace("%s", seconds % 60);
      arc?.setAttribute("stroke-dasharray", `${Math.round((seconds * 100000) / whole)} 100`);
      // The last minutes are said aloud, once each.
      const upcoming = minutes + 1;
      if (upcoming <= 3 && upcoming !== minuteSaid) {
        minuteSaid = upcoming;
        said.textContent = said.dataset.minutes.replace("%m", upcoming);
      }
    };
    const timer = setInterval(tick, 1000);
    tick();
  };

  document.querySelectorAll("[data-countdown]").forEach(start);
})();
