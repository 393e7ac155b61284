// What sticks out of the screen: the page where it scrolls sideways, boxes that are narrower than what they hold, and
// controls that nobody can get at.
const found = [];
const page = document.documentElement;
const shown = (element) => element.outerHTML.replace(/\s+/g, " ").slice(0, 160);
if (page.scrollWidth > innerWidth) found.push(`the page has ${page.scrollWidth} px`);
for (const box of document.querySelectorAll("main, .card, .pane, .scroll, .message, .draft, .field, dialog, [popover]")) {
  if (box.scrollWidth > box.clientWidth + 1 && box.clientWidth > 1) found.push(`wider than its box: ${shown(box)}`);
}
for (const control of document.querySelectorAll("a[href], button, input, select, textarea, summary")) {
  if (!control.checkVisibility({ visibilityProperty: true }) || control.closest(".only-heard, .skip")) continue;
  // A wide table scrolls within its own box, which the keyboard reaches: what it leads to may, what it does may not be out of sight.
  if (control.matches(".table-wrap a")) continue;
  const { left, right, width } = control.getBoundingClientRect();
  if (width > 0 && (left < -1 || right > innerWidth + 1)) found.push(`outside, ${Math.round(left)} to ${Math.round(right)}: ${shown(control)}`);
}
return found;
