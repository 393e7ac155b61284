// What can be done on this page: every button and every link with a name of its own, and the words to find it by.
// `data-command` holds better words than the page shows; `data-each` names the field of which each choice is a command.
// A form that is to be filled in is begun at its field: its button is a command of its own once something stands in it.
{
  const CANDIDATES = "[data-command], button, summary, a[href]";
  // Shown beside what is read, or reached by what is listed: a source by its number, a conversation by its own.
  const LEFT_OUT = ".skip, .mark, [data-opens=find], a.file, a.picture, .message-text a:not([data-command])";
  const CASE = /^\/(conversations|approvals)\/[\w-]+$/;
  const FIELDS = "input:not([type=hidden]), select, textarea";
  const BOXES = "input[type=checkbox], input[type=radio], input[type=file]";
  // What differs between two forms that do the same.
  const PASSING = new Set(["csrf", "back", "id", "took_ms"]);
  // What stands folded until it is opened or written in hides nothing for good.
  const FOLDED = "[popover]:not(:popover-open), .composer-foot";

  const isShown = (element) => {
    for (let at = element; at && at !== document.body; at = at.parentElement) {
      if (!at.matches(FOLDED) && getComputedStyle(at).display === "none") return false;
    }
    return true;
  };

  // Links in a text, and those that only say where they lead.
  const isPlain = (element) => element.matches("a:not(.button)") && !element.dataset.command;
  const isCase = (element) => isPlain(element) && CASE.test(element.pathname);
  const counts = (element) => !element.matches(":disabled, [aria-disabled=true]") && !element.matches(LEFT_OUT)
    && !isCase(element) && isShown(element);

  const shownWords = (element) => {
    const copy = element.cloneNode(true);
    copy.querySelectorAll("kbd, svg, .count").forEach((part) => part.remove());
    return copy.textContent.replace(/\s+/g, " ").replace("…", "").trim();
  };

  const wordsOf = (element) =>
    element.dataset.command || element.getAttribute("aria-label") || shownWords(element) || element.title;

  // Of two that do the same a plain link adds nothing, and neither do the same words.
  const effectOf = (element) => {
    if (element.matches("a[href]")) return element.href;
    if (element.popoverTargetElement) return `open ${element.popoverTargetElement.id}`;
    if (element.type !== "submit" || !element.form) return element;
    const form = element.form;
    const fixed = [...form.querySelectorAll("input[type=hidden]")].filter((field) => !PASSING.has(field.name));
    const sent = fixed.map((field) => `${field.name}=${field.value}`);
    return [element.getAttribute("formaction") ?? form.getAttribute("action"), element.name, element.value, ...sent].join(" ");
  };

  const labelOf = (region) => region.getAttribute("aria-label")
    ?? document.getElementById(region.getAttribute("aria-labelledby"))?.textContent.trim();
  const around = (element) => {
    const region = element.parentElement?.closest(":not(main, nav)[aria-label], :not(main, nav)[aria-labelledby]");
    return region ? labelOf(region) : null;
  };

  // The decision first, then the page, its list, other places, and last what stands at a single message.
  const ROOMS = [["#draft, .decide", 0], [".message", 5], ["#list", 2], ["[data-places]", 4], ["#rail", 3]];
  const rank = (element) => ROOMS.find(([room]) => element.closest(room))?.[1] ?? 1;

  const choices = (element) => [...(document.getElementById(element.dataset.each)?.options ?? [])].map((option) => ({
    element, words: `${wordsOf(element)}: ${option.text}`, run: () => { option.selected = true; element.click(); },
  }));

  const isFilled = (field) => (field.matches(BOXES) ? field.checked || Boolean(field.files?.length) : Boolean(field.value.trim()));

  // The field that a form with nothing in it begins at, where it has a command of its own.
  const leadOf = (element) => {
    if (element.type !== "submit" || !element.form || element.name || element.dataset.each) return null;
    const fields = [...element.form.querySelectorAll(FIELDS)];
    if (fields.some(isFilled)) return null;
    return fields.find((field) => field.dataset.command && counts(field)) ?? null;
  };

  // Words that stand for several things get the name of what is around each, and a number where that is not enough.
  const tellApart = (commands) => {
    const seen = new Map();
    const twins = (command) => commands.filter((other) => other.words === command.words).length > 1;
    const named = commands.map((command) => ({ command, place: twins(command) && around(command.element) }));
    for (const { command, place } of named) {
      if (place) command.words += `, ${place}`;
      const before = seen.get(command.words) ?? 0;
      seen.set(command.words, before + 1);
      if (before) command.words += ` (${before + 1})`;
    }
    return commands;
  };

  // The conversations beside the one that is open, in its list; a narrow page shows the one or the other.
  const besides = () => {
    const rows = [...document.querySelectorAll("#rows a.row")];
    const open = rows.findIndex((row) => row.hasAttribute("aria-current"));
    const sides = open < 0 ? [] : [["Next conversation", rows[open + 1]], ["Previous conversation", rows[open - 1]]];
    return sides.filter(([, row]) => row).map(([words, row]) => ({ element: row, words, run: () => row.click() }));
  };

  const commands = (menus = []) => {
    // What lies over the page keeps everything below it from being done.
    const room = document.querySelector("dialog[open]:not(#find)") ?? document.body;
    const places = room === document.body ? [...document.querySelectorAll("[data-places] a")] : [];
    const inPage = [...room.querySelectorAll(CANDIDATES)].filter((element) => counts(element) && !places.includes(element));
    // The words of a button that waits lead to the field that it waits for.
    const waiting = new Map();
    const waits = (element) => {
      const lead = leadOf(element);
      if (lead) waiting.set(lead, `${waiting.get(lead) ?? ""} ${wordsOf(element)}`);
      return Boolean(lead);
    };
    const all = [...inPage, ...places].filter((element) => wordsOf(element) && !waits(element));
    // The best words come first, so that they are the ones that stay.
    const order = [(one) => one.dataset.command, (one) => !one.dataset.command && !isPlain(one), isPlain];
    const told = new Map();
    const isNews = (element) => {
      const known = told.get(effectOf(element)) ?? new Set();
      told.set(effectOf(element), known);
      if (known.has(wordsOf(element)) || (known.size && isPlain(element))) return false;
      return known.add(wordsOf(element));
    };
    const chosen = new Set(order.flatMap((fits) => all.filter(fits)).filter(isNews));
    const found = all.filter((element) => chosen.has(element)).sort((one, other) => rank(one) - rank(other));
    // A place is found by its address too.
    const also = (element) => (places.includes(element) ? element.pathname : waiting.get(element));
    const own = (element) => ({ element, words: wordsOf(element), also: also(element), run: () => begin(element, menus) });
    const listed = found.flatMap((element) => (element.dataset.each ? choices(element) : [own(element)]));
    return tellApart([...listed, ...(room === document.body ? besides() : [])]);
  };

  // A button that ends a paragraph of a menu sends the field above it.
  const fieldOf = (element) =>
    (element.type === "submit" ? element.closest("p")?.parentElement.querySelector(FIELDS) : null);

  // Who opens a menu without the mouse goes on in it without the mouse.
  const enter = (menu) => {
    if (!menu?.matches(":popover-open") || menu.contains(document.activeElement)) return;
    menu.querySelector(`button, ${FIELDS}, a[href]`)?.focus();
  };

  // Does what a click does. What somebody has to fill in first is shown and waits for it, unless they had it before them.
  const begin = (element, menus = []) => {
    const from = element.matches("summary") ? element.parentElement.parentElement : element;
    for (let fold = from.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    if (element.closest(".composer-foot")) element.closest("form").querySelector("textarea:not([hidden])")?.focus();
    const menu = element.closest("[popover]");
    // Nobody ticks a box that they do not see.
    const isFolded = menu && !menu.matches(":popover-open");
    const isField = element.matches(FIELDS) && (isFolded || !element.matches(BOXES));
    const field = isField ? element : menu && fieldOf(element);
    if (field) {
      if (isFolded) menu.showPopover();
      if (field === element || !menus.includes(menu)) return field.focus();
    }
    element.click();
    enter(element.popoverTargetElement);
  };

  window.desk = { ...window.desk, begin, commands, enter, isShown };
}
