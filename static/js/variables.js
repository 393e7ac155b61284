// The text of a reply template: while a variable is typed, those that fit are shown, and one is put in by a click or Tab.
{
  const area = () => document.querySelector("textarea[data-variables]");
  const list = (field) => document.getElementById(field.dataset.variables);
  const INSIDE = /\{[{%][^{}%]*?([a-z_][a-z_.]*)$/;

  const typed = (field) => field.value.slice(0, field.selectionStart).match(INSIDE)?.[1] ?? "";

  const fitting = (field) => {
    const word = typed(field);
    const names = [...list(field).querySelectorAll("dt code")];
    return { word, names: names.map((name) => [name, word !== "" && name.textContent.startsWith(word)]) };
  };

  const narrow = (field) => {
    const { names } = fitting(field);
    const some = names.some(([, fits]) => fits);
    for (const [name, fits] of names) name.closest("div").hidden = some && !fits;
    for (const group of list(field).querySelectorAll("details")) {
      const shown = group.querySelector("dl > div:not([hidden])");
      group.hidden = !shown;
      if (some) group.open = true;
    }
  };

  const put = (field, name, word) => {
    const at = field.selectionStart - word.length;
    field.setRangeText(name, at, field.selectionStart, "end");
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };

  document.addEventListener("input", (event) => { if (event.target === area()) narrow(event.target); });

  document.addEventListener("keydown", (event) => {
    const field = area();
    if (event.key !== "Tab" || event.shiftKey || event.target !== field) return;
    const { word, names } = fitting(field);
    const first = names.find(([name, fits]) => fits && name.textContent !== word)?.[0];
    if (!first) return;
    event.preventDefault();
    put(field, first.textContent, word);
  });

  document.addEventListener("click", (event) => {
    const field = area();
    const name = event.target.closest?.(".variables dt code");
    if (!field || !name) return;
    const word = typed(field);
    put(field, word ? name.textContent : `{{ ${name.textContent} }}`, word);
  });
}
