// Completes `@name` while a note is written. The names are read again where the note is kept.
{
  const form = () => document.getElementById("composer");
  const area = () => form()?.querySelector("textarea:not([hidden])");
  const list = () => document.getElementById("mentions");
  const open = () => list() && !list().hidden;

  const close = () => {
    if (!list()) return;
    list().hidden = true;
    list().replaceChildren();
  };

  /** What stands between an `@` and the cursor. */
  const wanted = () => {
    const before = area().value.slice(0, area().selectionStart);
    return /(?:^|[^\p{L}\p{N}])@([\p{L}\p{N} .]{0,40})$/u.exec(before)?.[1] ?? null;
  };

  const choose = (name) => {
    const box = area();
    const from = box.selectionStart - wanted().length;
    box.setRangeText(`${name} `, from, box.selectionStart, "end");
    close();
    box.focus();
    box.dispatchEvent(new Event("input", { bubbles: true }));
  };

  const offer = () => {
    const start = form()?.classList.contains("is-note") ? wanted() : null;
    if (start === null) return close();
    const fits = (name) => name.toLowerCase().split(" ").some((_, place, words) => words.slice(place).join(" ").startsWith(start.toLowerCase()));
    const names = form().dataset.team.split("|").filter((name) => name !== start.trim() && fits(name)).slice(0, 6);
    if (!names.length) return close();
    list().replaceChildren(...names.map((name, place) => {
      const line = document.createElement("li");
      line.setAttribute("role", "option");
      line.setAttribute("aria-selected", String(place === 0));
      line.textContent = name;
      line.addEventListener("mousedown", (event) => { event.preventDefault(); choose(name); });
      return line;
    }));
    list().hidden = false;
  };

  document.addEventListener("input", (event) => { if (event.target === area()) offer(); });
  document.addEventListener("focusout", (event) => { if (event.target === area()) close(); });
  document.addEventListener("keydown", (event) => {
    // What an input method puts together is not done yet.
    if (event.isComposing || !open() || event.target !== area()) return;
    const lines = [...list().children];
    const at = lines.findIndex((line) => line.getAttribute("aria-selected") === "true");
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (move) {
      const next = (at + move + lines.length) % lines.length;
      lines.forEach((line, place) => line.setAttribute("aria-selected", String(place === next)));
    } else if (event.key === "Enter" || event.key === "Tab") choose(lines[at].textContent);
    else if (event.key === "Escape") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }, true);
}
