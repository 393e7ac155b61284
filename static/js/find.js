// Ctrl-K: everything that can be done on this page, found by its words; anything else is searched for.
{
  const dialog = document.getElementById("find");
  const input = dialog?.querySelector("input");
  const list = dialog?.querySelector("ul");
  let shown = [];
  let chosen = 0;

  const label = (element) => {
    if (element.dataset.command) return element.dataset.command;
    const copy = element.cloneNode(true);
    copy.querySelectorAll("kbd, svg, .count").forEach((part) => part.remove());
    return copy.textContent.replace("…", "").trim();
  };

  const commands = () => [...document.querySelectorAll("[data-command]")]
    .filter((element) => !element.disabled && !element.hidden && (!element.closest(".bulk") || document.querySelector(".pick:checked")))
    .map((element) => ({ words: label(element), icon: element.querySelector("svg")?.cloneNode(true), key: element.querySelector("kbd")?.textContent, run: () => begin(element) }));

  // A field is where something is filled in: it is shown and waits for it, and so does a menu.
  const begin = (element) => {
    if (!element.matches("input, select, textarea")) {
      element.click();
      window.desk?.enter?.(element.popoverTargetElement);
      return;
    }
    element.closest("[popover]")?.showPopover();
    element.focus();
  };

  const option = (command, place) => {
    const item = document.createElement("li");
    item.role = "option";
    item.id = `find-${place}`;
    item.ariaSelected = String(place === chosen);
    if (command.icon) item.append(command.icon);
    item.append(command.words);
    if (command.key) {
      const key = document.createElement("kbd");
      key.textContent = command.key;
      item.append(key);
    }
    item.addEventListener("click", () => run(place));
    return item;
  };

  const draw = () => {
    list.replaceChildren(...shown.map(option));
    input.setAttribute("aria-activedescendant", `find-${chosen}`);
    list.children[chosen]?.scrollIntoView({ block: "nearest" });
  };

  const filter = () => {
    const words = input.value.toLowerCase().trim().split(/\s+/).filter(Boolean);
    const seen = new Set();
    shown = commands().filter(({ words: text }) => {
      const lower = text.toLowerCase();
      const fits = words.every((word) => lower.includes(word)) && !seen.has(lower);
      seen.add(lower);
      return fits;
    });
    const number = /^#?(\d{1,15})$/.exec(input.value.trim())?.[1];
    if (number) shown.push({ words: `Open conversation #${number}`, run: () => { input.value = `#${number}`; input.form.submit(); } });
    if (words.length) shown.push({ words: `Search for “${input.value.trim()}”`, run: () => input.form.submit() });
    chosen = 0;
    draw();
  };

  const run = (place) => {
    const command = shown[place];
    if (!command) return;
    dialog.close();
    command.run();
  };

  dialog?.addEventListener("opened", () => { input.value = ""; input.focus(); filter(); });
  input?.addEventListener("input", filter);
  input?.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      chosen = (chosen + step + shown.length) % Math.max(1, shown.length);
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
