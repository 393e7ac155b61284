// Single keys. Each one presses what carries it as `data-key`, so a page decides by its markup what a key does.
{
  const OFF = "resolute-keys-off";
  const typing = (target) => target.closest?.("input:not([type=checkbox],[type=radio],[type=range]), textarea, select, [contenteditable]");
  const visible = (element) => element.checkVisibility?.({ visibilityProperty: true }) ?? element.offsetParent !== null;
  const keysOff = () => localStorage.getItem(OFF) === "1";
  let awaiting = null;

  const press = (name) => {
    const found = [...document.querySelectorAll(`[data-key="${CSS.escape(name)}"]`)];
    const target = found.find((element) => visible(element) || element.classList.contains("only-heard"));
    if (!target || target.disabled || target.hidden) return false;
    if (target.matches("input, textarea")) target.focus();
    else target.click();
    return true;
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

  const openHelp = () => {
    const dialog = document.getElementById("keys");
    if (dialog && !dialog.open) dialog.showModal();
    return Boolean(dialog);
  };

  const steps = () => {
    const why = document.getElementById("why");
    if (why) why.open = !why.open;
    return Boolean(why);
  };

  const single = (event) => {
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (awaiting) {
      clearTimeout(awaiting);
      awaiting = null;
      if (goTo(key)) return true;
    }
    if (key === "g") {
      // G alone writes again; G and a letter goes to a page.
      awaiting = setTimeout(() => { awaiting = null; press("g"); }, 600);
      return true;
    }
    if (event.shiftKey && key === "a") return press("shift+a");
    if (key === "?") return openHelp();
    if (key === "w") return steps();
    if (key === "j") return press("j") || move(1);
    if (key === "k") return press("k") || move(-1);
    if (/^[1-9]$/.test(key)) return showSource(key);
    if (key === "Escape") return press("escape");
    return /^[a-z.]$/.test(key) && press(key);
  };

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      document.querySelector("[data-opens=find]")?.click();
      return;
    }
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter" && event.target.matches?.("[data-sends]")) {
      event.preventDefault();
      event.target.form?.requestSubmit();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || event.isComposing) return;
    if (document.querySelector("dialog[open]")) return;
    if (typing(event.target)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (keysOff() || window.desk?.justSwapped()) return;
    if (event.key === "Escape" && document.querySelector("[popover]:popover-open")) return;
    if (single(event)) event.preventDefault();
  });

  document.addEventListener("change", (event) => {
    if (!event.target.matches?.("[data-keys-off]")) return;
    localStorage.setItem(OFF, event.target.checked ? "1" : "0");
  });
  for (const box of document.querySelectorAll("[data-keys-off]")) box.checked = keysOff();
}
