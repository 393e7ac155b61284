// Presses every button, menu entry and summary of the page through Ctrl-K, and lets nothing of it happen. Gives those that
// their own words do not lead to.
const [leftOut] = arguments;
const PRESSED = "button, a.button, a[data-key], summary, [popover] a[href]";
const find = document.getElementById("find");
if (!find) return ["nothing opens by Ctrl-K"];
if (find.open) find.close();
const input = find.querySelector("input");
// What lies over the page keeps everything below it from being pressed.
const room = document.querySelector("dialog[open]") ?? document;

const wordsOf = (element) => {
  const copy = element.cloneNode(true);
  copy.querySelectorAll("kbd, svg, .count").forEach((part) => part.remove());
  return (element.dataset.command || element.getAttribute("aria-label") || copy.textContent || element.title).replace(/[…\s]+/g, " ").trim();
};
const effectOf = (element) => {
  if (element.href) return element.href;
  if (element.popoverTargetElement) return element.popoverTargetElement;
  if (element.type !== "submit" || !element.form) return element;
  return [element.getAttribute("formaction") ?? element.form.getAttribute("action"), element.name, element.value].join(" ");
};
const same = (one, other) => one === other || effectOf(one) === effectOf(other);

const isShown = (element) => element.checkVisibility({ visibilityProperty: true });
const wanted = new Set();
const look = () => {
  for (const one of room.querySelectorAll(PRESSED)) {
    if (isShown(one) && !one.matches(":disabled") && !one.matches(leftOut)) wanted.add(one);
  }
};
look();
for (const menu of room.querySelectorAll("[popover]")) {
  menu.showPopover();
  look();
  menu.hidePopover();
}

let pressed = null;
const hold = (event) => {
  if (event.target.closest("#find")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  pressed = event.target;
};
const type = (words) => {
  window.desk.open("find");
  input.value = words;
  input.dispatchEvent(new Event("input"));
  return [...find.querySelectorAll("[role=option]")].filter((one) => !one.textContent.startsWith("Search for"));
};
const reaches = (element) => {
  for (let place = 0; ; place += 1) {
    const option = type(wordsOf(element))[place];
    if (!option) return false;
    pressed = null;
    option.click();
    // What has to be filled in first is shown and waits for it, in its menu or its form.
    const menu = element.closest("[popover]:popover-open");
    const field = document.activeElement;
    const waits = (menu ?? element.form)?.contains(field) && (menu || (!pressed && element.type === "submit" && field.matches("input, select, textarea")));
    menu?.hidePopover();
    field.blur();
    if (waits || (pressed && same(pressed, element))) return true;
  }
};

window.addEventListener("click", hold, true);
const missing = [...wanted].filter((element) => !wordsOf(element) || !reaches(element));
window.removeEventListener("click", hold, true);
if (find.open) find.close();
return missing.map((element) => `“${wordsOf(element)}” is not found: ${element.outerHTML.replace(/\s+/g, " ").slice(0, 200)}`);
