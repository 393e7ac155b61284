// What can be pressed where no script runs, and does nothing.
const shown = (element) => element.checkVisibility({ visibilityProperty: true });
const works = (element) => {
  if (element.matches("summary")) return element.parentElement.matches("details");
  if (element.matches("a")) return element.hasAttribute("href") && !element.getAttribute("href").startsWith("javascript:");
  if (element.matches("label")) return Boolean(element.control?.name);
  if (element.popoverTargetElement) return true;
  // A mark shows its source while it has the focus.
  if (element.matches(".mark")) {
    element.focus();
    return shown(element.nextElementSibling);
  }
  return element.form !== null && ["submit", "reset"].includes(element.type);
};
const dead = new Set();
const look = () => {
  for (const element of document.querySelectorAll("button, summary, a, label.button, [role=button]")) {
    if (shown(element) && !element.matches(":disabled") && !works(element)) dead.add(element);
  }
  // What a form sends needs a name; what is typed into a field without one is lost.
  for (const field of document.querySelectorAll("input:not([type=hidden]), select, textarea")) {
    if (shown(field) && !field.readOnly && !field.matches(":disabled") && (!field.name || !field.form)) dead.add(field);
  }
};
look();
for (const menu of document.querySelectorAll("[popover]")) {
  menu.showPopover();
  look();
  menu.hidePopover();
}
return [...dead].map((element) => `does nothing without script: ${element.outerHTML.replace(/\s+/g, " ").slice(0, 200)}`);
