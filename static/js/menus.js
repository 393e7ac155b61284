// A menu that is open has the keys to itself: what is typed looks for one of its choices, arrows go from one to the next, and
// no key does anything on the page below. A field with `data-filters` names the list of which it leaves what fits.
{
  // So long what is typed counts as one word.
  const WORD = 700;
  // The menus that were opened, the last one behind the others.
  let opened = [];
  let typed = "";
  let typedAt = -Infinity;

  const current = () => opened.findLast((menu) => menu.isConnected && menu.matches(":popover-open"))
    ?? document.activeElement?.closest(".message-menu[open]");
  const choicesOf = (menu) => [...menu.querySelectorAll("a[href], button:not(:disabled)")].filter((one) => window.desk.isShown(one));
  const wordsOf = (choice) => (choice.getAttribute("aria-label") ?? choice.textContent).toLowerCase().replace(/\s+/g, " ").trim();
  const filterOf = (menu) => menu.querySelector("[data-filters]");
  const listOf = (filter) => [...document.getElementById(filter.dataset.filters).children];

  const narrow = (filter) => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    const lines = listOf(filter);
    for (const line of lines) line.hidden = !words.every((word) => line.textContent.toLowerCase().includes(word));
    filter.closest("[popover]").querySelector("[data-nothing]").hidden = lines.some((line) => !line.hidden);
  };

  // Before anything is typed nothing is chosen: one key too many does nothing.
  const choose = (filter) => {
    if (filter.value.trim()) listOf(filter).find((line) => !line.hidden)?.querySelector("a, button")?.click();
  };

  const move = (menu, step) => {
    const stops = [filterOf(menu), ...choicesOf(menu)].filter(Boolean);
    const at = stops.indexOf(document.activeElement);
    const next = at < 0 && step < 0 ? stops.length - 1 : (at + step + stops.length) % stops.length;
    stops[next]?.focus();
  };

  // One letter goes on to the next choice with such a word; more of them stay where they fit.
  const lookFor = (menu, event) => {
    const goesOn = event.timeStamp - typedAt < WORD;
    typed = goesOn ? typed + event.key.toLowerCase() : event.key.toLowerCase();
    typedAt = event.timeStamp;
    const choices = choicesOf(menu);
    const at = choices.indexOf(document.activeElement);
    const from = goesOn ? Math.max(0, at) : at + 1;
    const ahead = [...choices.slice(from), ...choices.slice(0, from)];
    ahead.find((one) => ` ${wordsOf(one)}`.includes(` ${typed.trimStart()}`))?.focus();
  };

  // A blank presses the choice that has the focus, unless it stands between two words.
  const isLetter = (event) => event.key.length === 1 && (event.key !== " " || event.timeStamp - typedAt < WORD);

  const takesKey = (event) => {
    const menu = current();
    const isField = window.desk.isTyping(event.target);
    if (!menu || (isField && !menu.contains(event.target))) return false;
    const filter = filterOf(menu);
    const isFilter = filter !== null && event.target === filter;
    // Every other field has its own use for keys.
    if (isField && !isFilter) return true;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      move(menu, step);
    } else if (isFilter) {
      if (event.key !== "Enter") return true;
      event.preventDefault();
      choose(filter);
    } else if (isLetter(event)) {
      if (filter) filter.focus();
      else {
        event.preventDefault();
        lookFor(menu, event);
      }
    } else if (event.key === "Escape" && menu.matches("details")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
    return true;
  };

  document.addEventListener("beforetoggle", (event) => {
    const menu = event.target;
    if (!menu.popover) return;
    opened = opened.filter((one) => one !== menu);
    if (event.newState === "open") opened.push(menu);
    const filter = filterOf(menu);
    if (!filter) return;
    filter.hidden = false;
    filter.value = "";
    narrow(filter);
  }, true);
  // A choice that leads somewhere else ends the choosing, also where the page around the menu stays. Heard on the way down:
  // that of a macro goes no further.
  document.addEventListener("click", (event) => {
    if (!event.ctrlKey && !event.metaKey) event.target.closest?.("[popover] a[href]")?.closest("[popover]").hidePopover();
  }, true);
  document.addEventListener("input", (event) => { if (event.target.matches?.("[data-filters]")) narrow(event.target); });
  window.desk = { ...window.desk, takesKey };
}
