// The month as a date grid after the WAI-ARIA pattern: one tab stop, arrow keys by day and week,
// Home and End within the week, Page Up and Page Down by month. Without script it is plain links.
(() => {
  const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };

  const enhance = (table) => {
    if (table.dataset.enhanced) return;
    table.dataset.enhanced = "yes";
    table.setAttribute("role", "grid");
    mark(table);
  };

  // A day's times are swapped without the month: the day they are of is marked here.
  const mark = (table) => {
    const shown = document.getElementById("times").dataset.day;
    const days = [...table.querySelectorAll("a.day")];
    const chosen = days.find((day) => day.id === `day-${shown}`);
    const stop = chosen || days.find((day) => day.tabIndex === 0) || days[0];
    days.forEach((day) => {
      day.tabIndex = day === stop ? 0 : -1;
      day.closest("td").setAttribute("aria-selected", day === chosen);
      if (day === chosen) day.setAttribute("aria-current", "date");
      else day.removeAttribute("aria-current");
    });
  };

  const move = (table, from, to) => {
    if (!to) return;
    from.tabIndex = -1;
    to.tabIndex = 0;
    to.focus();
  };

  // Cells in the order of the grid; days that are no links are stepped over in the same direction.
  const beyond = (table, day, step) => {
    const cells = [...table.querySelectorAll("tbody td")];
    let index = cells.indexOf(day.closest("td")) + step;
    while (cells[index] && !cells[index].querySelector("a.day")) index += step;
    return cells[index]?.querySelector("a.day");
  };

  document.addEventListener("keydown", (event) => {
    const day = event.target.closest?.("[data-calendar] a.day");
    if (!day || event.altKey || event.ctrlKey || event.metaKey) return;
    const table = day.closest("table");
    const inWeek = [...day.closest("tr").querySelectorAll("a.day")];
    if (event.key in STEPS) move(table, day, beyond(table, day, STEPS[event.key]));
    else if (event.key === "Home") move(table, day, inWeek[0]);
    else if (event.key === "End") move(table, day, inWeek.at(-1));
    else if (event.key === " ") day.click();
    else if (event.key === "PageUp" || event.key === "PageDown") {
      const which = event.key === "PageUp" ? "previous" : "next";
      const month = document.querySelector(`[data-month="${which}"]`);
      turning = month !== null;
      month?.click();
    } else return;
    event.preventDefault();
  });

  document.addEventListener("htmx:afterSwap", () => {
    document.querySelectorAll("[data-calendar][data-enhanced]").forEach(mark);
  });

  // Who turns the month by key goes on in the grid. (htmx-focus.js listens first, for the heading.)
  let turning = false;
  document.addEventListener("htmx:afterSettle", () => {
    if (turning) document.querySelector('[data-calendar] a.day[tabindex="0"]')?.focus();
    turning = false;
  });

  const enhanceAll = () => document.querySelectorAll("[data-calendar]").forEach(enhance);
  enhanceAll();
  document.addEventListener("htmx:load", enhanceAll);
})();
