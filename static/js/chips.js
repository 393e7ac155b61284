// Lists of phrases as chips. The field with a phrase a line stays what is sent; without script it is what is shown.
{
  const linesOf = (area) => area.value.split("\n").map((line) => line.trim()).filter(Boolean);

  const chip = (box, phrase) => {
    const item = box.querySelector("template").content.firstElementChild.cloneNode(true);
    item.querySelector("span").textContent = phrase;
    item.querySelector("button").ariaLabel = `Remove “${phrase}”`;
    return item;
  };

  const write = (box, lines) => {
    const area = box.querySelector("textarea");
    area.value = lines.join("\n");
    box.querySelector("ul").replaceChildren(...lines.map((line) => chip(box, line)));
    area.dispatchEvent(new Event("change", { bubbles: true }));
  };

  const add = (box, input) => {
    const phrase = input.value.trim().replace(/\s+/g, " ");
    const isWhole = box.dataset.chips !== "pairs" || /\S\s*=\s*\S/.test(phrase);
    input.setCustomValidity(phrase && !isWhole ? "Write both words with an equals sign between them." : "");
    if (!phrase || !input.reportValidity()) return;
    const lines = linesOf(box.querySelector("textarea"));
    input.value = "";
    if (!lines.includes(phrase)) write(box, [...lines, phrase]);
  };

  const remove = (box, place) => {
    const lines = linesOf(box.querySelector("textarea"));
    write(box, lines.filter((_, at) => at !== place));
    const buttons = box.querySelectorAll("li button");
    (buttons[Math.min(place, buttons.length - 1)] ?? box.querySelector(".chip-add")).focus();
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-chips] li button");
    if (!button) return;
    const item = button.closest("li");
    remove(button.closest("[data-chips]"), [...item.parentElement.children].indexOf(item));
  });

  document.addEventListener("keydown", (event) => {
    const box = event.target.closest?.("[data-chips]");
    if (!box) return;
    if (event.target.matches(".chip-add")) {
      if (event.key === "Enter" && !event.isComposing) {
        event.preventDefault();
        add(box, event.target);
      } else if (event.key === "Backspace" && !event.target.value) {
        // The last chip is chosen first, so that one key too many removes nothing.
        [...box.querySelectorAll("li button")].at(-1)?.focus();
      }
    } else if ((event.key === "Backspace" || event.key === "Delete") && event.target.matches("li button")) {
      event.preventDefault();
      event.target.click();
    }
  });

  // A half-typed phrase is no change of the voice; leaving the field keeps it as a chip.
  document.addEventListener("change", (event) => {
    if (!event.target.matches?.(".chip-add")) return;
    event.stopPropagation();
    add(event.target.closest("[data-chips]"), event.target);
  }, true);
}
