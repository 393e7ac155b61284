// Ticks of the list: X ticks the row in focus, Shift takes everything between the last tick and this one, and the box in
// the list's head takes every row that is shown.
{
  let last = null;
  const ticks = () => [...document.querySelectorAll("#rows .pick")];
  const head = () => document.querySelector("[data-ticks]");

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
    const [from, until] = [all.findIndex((one) => one.value.split("-")[0] === last), all.indexOf(to)];
    if (from < 0 || until < 0) return;
    for (const one of all.slice(Math.min(from, until), Math.max(from, until) + 1)) one.checked = to.checked;
  };

  const settle = (tick, wide) => {
    if (wide && last) range(tick);
    last = tick.value.split("-")[0];
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
  document.addEventListener("htmx:after:swap", show);
  show();

  window.desk = { ...window.desk, tick };
}
