// Ctrl-K: everything that can be done on this page, found by its words; anything else is searched for by who is signed in.
{
  const dialog = document.getElementById("find");
  const input = dialog?.querySelector("input");
  const list = dialog?.querySelector("ul");
  const within = document.getElementById("rail");
  let shown = [];
  let chosen = -1;
  // The menus that were open: what stands in them has been seen.
  let menus = [];
  // Going through the whole page with each key would make a long one slow to write over.
  let all = [];

  const option = (command, place) => {
    const item = document.createElement("li");
    item.role = "option";
    item.id = `find-${place}`;
    item.ariaSelected = String(place === chosen);
    const icon = command.element?.querySelector("svg.icon");
    if (icon) item.append(icon.cloneNode(true));
    item.append(command.words);
    const key = command.element?.querySelector("kbd");
    if (key) item.append(key.cloneNode(true));
    item.addEventListener("click", () => run(place));
    return item;
  };

  const draw = () => {
    list.replaceChildren(...shown.map(option));
    if (shown[chosen]) input.setAttribute("aria-activedescendant", `find-${chosen}`);
    else input.removeAttribute("aria-activedescendant");
    list.children[chosen]?.scrollIntoView({ block: "nearest" });
  };

  const gather = () => { all = window.desk.commands(menus); };

  const filter = () => {
    const words = input.value.toLowerCase().trim().split(/\s+/).filter(Boolean);
    const said = ({ words: own, also = "" }) => `${own} ${also}`.toLowerCase();
    shown = all.filter((command) => words.every((word) => said(command).includes(word)));
    const number = /^#?(\d{1,15})$/.exec(input.value.trim())?.[1];
    if (number && within) shown.push({ words: `Open conversation #${number}`, run: () => { input.value = `#${number}`; input.form.submit(); } });
    if (words.length && within) shown.push({ words: `Search for “${input.value.trim()}”`, run: () => input.form.submit() });
    // Before anything is typed nothing is chosen: one key too many does nothing.
    chosen = words.length ? 0 : -1;
    draw();
  };

  const run = (place) => {
    const command = shown[place];
    if (!command) return;
    // What came in its place meanwhile is listed before it is done.
    if (command.element && !command.element.isConnected) {
      gather();
      filter();
      return;
    }
    dialog.close();
    command.run();
  };

  dialog?.addEventListener("opened", (event) => { menus = event.detail ?? []; input.value = ""; input.focus(); gather(); filter(); });
  input?.addEventListener("input", filter);
  input?.addEventListener("keydown", (event) => {
    // What an input method puts together is not done yet.
    if (event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      const from = chosen < 0 && step < 0 ? 0 : chosen;
      chosen = (from + step + shown.length) % Math.max(1, shown.length);
      draw();
    } else if (event.key === "Enter") {
      event.preventDefault();
      run(chosen);
    }
  });
  for (const one of document.querySelectorAll("dialog")) {
    one.addEventListener("click", (event) => { if (event.target === one) one.close(); });
  }
}
