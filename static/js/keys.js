// Single keys. Each one presses what carries it as `data-key`, so a page decides by its markup what a key does.
{
  const OFF = "resolute-keys-off";
  const typing = (target) => target.closest?.("input:not([type=checkbox],[type=radio],[type=range]), textarea, select, [contenteditable]");
  // Where the browser keeps nothing, what was chosen lasts as long as the page.
  let chosenHere = false;
  const keysOff = () => {
    try {
      return localStorage.getItem(OFF) === "1";
    } catch {
      return chosenHere;
    }
  };
  let awaiting = null;

  const isTicked = () => Boolean(document.querySelector(".pick:checked"));
  const isReady = (element) => !element.disabled && window.desk.isShown(element);

  // What is ticked in the list comes before what is open.
  const pressers = (name) => {
    const ticked = isTicked() ? [...document.querySelectorAll(`[data-key-ticked="${CSS.escape(name)}"]`)] : [];
    return [...ticked, ...document.querySelectorAll(`[data-key="${CSS.escape(name)}"]`)];
  };

  const press = (name) => {
    const target = pressers(name).find(isReady);
    if (target) window.desk.begin(target);
    return Boolean(target);
  };

  const move = (step) => {
    const rows = [...document.querySelectorAll("#rows a.row")];
    if (!rows.length) return false;
    const at = rows.findIndex((row) => row === document.activeElement);
    const from = at >= 0 ? at : rows.findIndex((row) => row.ariaCurrent === "true" || row.hasAttribute("aria-current"));
    const row = rows[Math.min(rows.length - 1, Math.max(0, from + step))];
    row.focus();
    row.scrollIntoView({ block: "nearest" });
    return true;
  };

  const showSource = (number) => {
    const marks = document.querySelectorAll("#draft .mark");
    const mark = [...marks].find((one) => one.textContent === number);
    mark?.focus();
    return Boolean(mark);
  };

  const goTo = (letter) => {
    const link = document.querySelector(`[data-goes="${CSS.escape(letter)}"]`);
    link?.click();
    return Boolean(link);
  };

  const steps = () => {
    const why = document.getElementById("why");
    if (why) why.open = !why.open;
    return Boolean(why);
  };

  // What the keys do that no element carries, and where that is. The list of keys is drawn from this, and from the page.
  const has = (selector) => () => Boolean([...document.querySelectorAll(selector)].find(isReady));
  const OWN = {
    j: ["next", () => press("j") || move(1), has("#rows a.row, [data-key=j]")],
    k: ["previous", () => press("k") || move(-1), has("#rows a.row, [data-key=k]")],
    x: ["tick the row, with Shift all between", (event) => Boolean(window.desk?.tick(event.shiftKey)), has("#rows .pick")],
    w: ["all steps of the agent", steps, has("#why")],
    "?": ["all keys", () => window.desk.open("keys"), () => true],
  };
  const CHORDS = [
    [["Ctrl", "K"], "find or do", () => true],
    [["Ctrl", "↵"], "send what is written", has("[data-sends]")],
    [["Ctrl", "Shift", "↵"], "send it and resolve", has("[data-ends]")],
    [["Esc"], "back", () => true],
    [["1–9"], "a source of the draft", has("#draft .mark")],
  ];
  // Keys that count while something is typed.
  const TYPED = [
    ["In find or do", [[["↑", "↓"], "choose"], [["↵"], "do it"]], "#find"],
    ["In a menu", [[["↑", "↓"], "choose"], [["A–Z"], "a choice with such a word"], [["↵"], "do it"]], "[popover]"],
    ["While you write", [[["/"], "a macro, while the reply is empty"]], "#composer:not(.is-note) #macros"],
    ["While you write", [[["@"], "a teammate, in a note"], [["↑", "↓"], "choose one"], [["↵"], "put the name in"]], "#composer #mentions"],
    ["In a list of phrases", [[["↵"], "add what is typed"], [["⌫"], "to the last phrase, once more removes it"]], "[data-chips] .chip-add"],
    ["In the text of a reply", [[["Tab"], "put in the variable that fits"]], "textarea[data-variables]"],
  ];

  const NAMED = { escape: "Esc", shift: "Shift" };

  const label = (element) => {
    if (element.dataset.command) return element.dataset.command;
    const copy = element.cloneNode(true);
    copy.querySelectorAll("kbd, svg, .count, .only-heard").forEach((part) => part.remove());
    return copy.textContent.replace("…", "").trim() || element.getAttribute("aria-label") || element.placeholder || "";
  };

  const carried = (name) => {
    const found = new Map();
    for (const element of document.querySelectorAll(`[${name}]`)) {
      if (!isReady(element)) continue;
      const key = element.getAttribute(name);
      if (!found.has(key)) found.set(key, label(element));
    }
    return [...found].map(([key, words]) => [key.split("+").map((part) => part.length === 1 ? part.toUpperCase() : NAMED[part] ?? part), words]);
  };

  const section = (title, lines) => {
    const part = document.createElement("section");
    const list = document.createElement("dl");
    list.className = "pairs";
    part.append(Object.assign(document.createElement("h3"), { textContent: title }), list);
    for (const [keys, words] of lines) {
      const term = document.createElement("dt");
      for (const key of keys) term.append(Object.assign(document.createElement("kbd"), { textContent: key }), " ");
      list.append(term, Object.assign(document.createElement("dd"), { textContent: words }));
    }
    return lines.length ? [part] : [];
  };

  // Lines of one title stand together.
  const typed = () => {
    const found = new Map();
    for (const [title, lines, place] of TYPED) {
      if (document.querySelector(place)) found.set(title, [...(found.get(title) ?? []), ...lines]);
    }
    return [...found];
  };

  const drawHelp = (dialog) => {
    const goes = carried("data-goes").map(([keys, words]) => [["G", ...keys], words]);
    const own = Object.entries(OWN).map(([key, [words, , applies]]) => [[key.toUpperCase()], words, applies]);
    dialog.querySelector("[data-keys-lists]").replaceChildren(
      ...section("Everywhere", [...[...CHORDS, ...own].filter(([, , applies]) => applies()), ...goes]),
      ...section("On this page", carried("data-key")),
      ...section("What is ticked", isTicked() ? carried("data-key-ticked") : []),
      ...typed().flatMap(([title, lines]) => section(title, lines)),
    );
  };

  const single = (event) => {
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (awaiting) {
      clearTimeout(awaiting);
      awaiting = null;
      // Whoever types on at once types into the box that G opens, and presses no other key of the page.
      if (goTo(key) || press("g")) return true;
    }
    if (key === "g") {
      // G alone writes again; G and a letter goes to a page.
      awaiting = setTimeout(() => { awaiting = null; press("g"); }, 600);
      return true;
    }
    if (event.shiftKey && key === "a") return press("shift+a");
    if (Object.hasOwn(OWN, key)) return OWN[key][1](event);
    if (/^[1-9]$/.test(key)) return showSource(key);
    if (key === "Escape") return window.desk.unsay() || press("escape");
    return /^[a-z.]$/.test(key) && press(key);
  };

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      window.desk.open("find");
      return;
    }
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter" && event.target.matches?.("[data-sends]")) {
      event.preventDefault();
      const form = event.target.form;
      const ends = event.shiftKey && form ? [...form.querySelectorAll("[data-ends]")].find(isReady) : null;
      form?.requestSubmit(ends);
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || event.isComposing) return;
    if (document.querySelector("dialog[open]") || window.desk.takesKey(event)) return;
    if (typing(event.target)) {
      if (event.key === "Escape" && !window.desk.unsay()) event.target.blur();
      return;
    }
    if (keysOff() || window.desk?.justSwapped()) return;
    if (single(event)) event.preventDefault();
  });

  document.addEventListener("change", (event) => {
    if (!event.target.matches?.("[data-keys-off]")) return;
    chosenHere = event.target.checked;
    try {
      localStorage.setItem(OFF, chosenHere ? "1" : "0");
    } catch {
      // It is kept on this page.
    }
  });
  window.desk = { ...window.desk, isTyping: (target) => Boolean(typing(target)) };
  document.getElementById("keys")?.addEventListener("opened", (event) => drawHelp(event.target));
  for (const box of document.querySelectorAll("[data-keys-off]")) box.checked = keysOff();
}
