// Ticks of the list: X ticks the row in focus, Shift takes everything between the last tick and this one.
{
  let last = null;
  const ticks = () => [...document.querySelectorAll("#rows .pick")];

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
    return true;
  };

  window.desk = { ...window.desk, tick };
}
