// Ticks of the list: X ticks the row in focus, Shift takes everything between the last tick and this one, and the box in
// the list's head takes every row that is shown.
{
  let last = null;
  const ticks = () => [...document.querySelectorAll("#rows .pick")];
  const head = () => document.querySelector("[data-ticks]");
  const number = (box) => box.value.split("-")[0];

  // A row that is drawn anew stays ticked as it was seen then: what came in since was not seen.
  const stayTicked = (box, seen) => {
    box.checked = true;
    if (box.value === seen) return;
    box.dataset.now = box.value;
    box.value = seen;
  };

  // A row that is ticked anew is ticked as it stands now.
  const renew = () => {
    for (const one of ticks()) {
      if (one.checked || !one.dataset.now) continue;
      one.value = one.dataset.now;
      delete one.dataset.now;
    }
  };

  const show = () => {
    renew();
    const [box, ticked] = [head(), ticks().filter((one) => one.checked).length];
    if (!box) return;
    box.checked = ticked > 0 && ticked === ticks().length;
    box.indeterminate = ticked > 0 && !box.checked;
  };

  const range = (to) => {
    const all = ticks();
    const [from, until] = [all.findIndex((one) => number(one) === last), all.indexOf(to)];
    if (from < 0 || until < 0) return;
    for (const one of all.slice(Math.min(from, until), Math.max(from, until) + 1)) one.checked = to.checked;
  };

  const settle = (tick, wide) => {
    if (wide && last) range(tick);
    last = number(tick);
  };

  document.addEventListener("click", (event) => {
    if (event.target.matches?.(".pick")) settle(event.target, event.shiftKey);
  });

  const tick = (wide) => {
    const row = document.activeElement?.closest?.("#rows > li") ?? document.querySelector("#rows a.row[aria-current]")?.closest("li");
    const box = row?.querySelector(".pick");
    if (!box) return false;
    box.checked = wide ? true : !box.checked;
    settle(box, wide);
    show();
    return true;
  };

  document.addEventListener("change", (event) => {
    if (event.target === head()) for (const one of ticks()) one.checked = event.target.checked;
    if (event.target.matches?.(".pick, [data-ticks]")) show();
  });
  // A form is as it was only after it has said so.
  document.addEventListener("reset", () => setTimeout(show));
  // A page that is put over this one keeps the ticks, and brings values of its own.
  let seen = new Map();
  document.addEventListener("htmx:before:swap", () => {
    seen = new Map(ticks().filter((one) => one.checked).map((one) => [number(one), one.value]));
  });
  document.addEventListener("htmx:after:swap", () => {
    for (const one of ticks()) if (one.checked && seen.has(number(one))) stayTicked(one, seen.get(number(one)));
    show();
  });
  show();

  window.desk = { ...window.desk, tick, stayTicked };
}
