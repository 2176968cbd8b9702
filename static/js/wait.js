// Counts down a wait: <span data-wait="42">0:42</span>: the seconds until one may try again.
//   data-wait-minutes="%m min %s s" data-wait-seconds="%s s"   in these words instead of "7:24"
//   data-wait-locks="#id"    a button that stays shut until then
//   data-wait-note="#id"     what to hide then
(() => {
  const two = (number) => String(number).padStart(2, "0");

  const start = (element) => {
    if (element.dataset.waiting) return;
    element.dataset.waiting = "1";
    const { dataset } = element;
    const end = Date.now() + Number(dataset.wait) * 1000;
    const locked = dataset.waitLocks && document.querySelector(dataset.waitLocks);
    if (locked) locked.disabled = true;

    const tick = () => {
      if (!element.isConnected) return clearInterval(timer);
      const left = Math.max(0, Math.round((end - Date.now()) / 1000));
      const minutes = Math.floor(left / 60);
      const seconds = left % 60;
      const words = minutes ? dataset.waitMinutes : dataset.waitSeconds;
      element.textContent = words
        ? words.replace("%m", minutes).replace("%s", minutes ? two(seconds) : seconds)
        : `${minutes}:${two(seconds)}`;
      if (left > 0) return undefined;
      clearInterval(timer);
      if (locked) locked.disabled = false;
      if (dataset.waitNote) document.querySelector(dataset.waitNote).hidden = true;
      return undefined;
    };
    const timer = setInterval(tick, 1000);
    tick();
  };

  const startAll = () => document.querySelectorAll("[data-wait]").forEach(start);
  document.addEventListener("DOMContentLoaded", startAll);
  document.addEventListener("htmx:load", startAll);
})();
