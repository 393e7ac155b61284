// The composer: the mode changes in place, the length is counted. Its text is kept as it is typed (`writing.js`).
{
  const form = () => document.getElementById("composer");
  const area = () => form()?.querySelector("textarea");
  const isNote = () => form()?.classList.contains("is-note") ?? false;

  const count = () => {
    const most = Number(area()?.dataset.most);
    const shown = form()?.querySelector("[data-count]");
    if (!most || !shown) return;
    const used = [...area().value].length;
    shown.hidden = used < most * 0.8;
    shown.textContent = `${used.toLocaleString("en")} of ${most.toLocaleString("en")}`;
    shown.classList.toggle("over", used > most);
  };

  const setMode = (note) => {
    const from = form();
    from.classList.toggle("is-note", note);
    from.action = note ? from.dataset.note : from.dataset.reply;
    for (const tab of from.querySelectorAll("[data-compose]")) {
      if ((tab.dataset.compose === "note") === note) tab.setAttribute("aria-current", "true");
      else tab.removeAttribute("aria-current");
    }
    const send = from.querySelector("[data-send]");
    if (send?.firstChild) send.firstChild.nodeValue = note ? "Keep note " : "Send ";
    if (send?.title) send.disabled = !note;
  };

  // Reply and note have a text each: what is meant for the team is not one key away from the customer. The one that is not
  // shown is kept in this tab.
  const aside = (note) => `aside ${form().dataset.number} ${document.body.dataset.me} ${note ? "note" : "reply"}`;
  const takeAside = (note) => {
    const text = sessionStorage.getItem(aside(note)) ?? "";
    sessionStorage.removeItem(aside(note));
    return text;
  };
  const change = (note) => {
    if (note !== isNote()) {
      if (area().value) sessionStorage.setItem(aside(isNote()), area().value);
      area().value = takeAside(note);
    }
    setMode(note);
    count();
    area().focus();
    area().setSelectionRange(area().value.length, area().value.length);
    window.desk.keepSoon(area());
  };
  // Once a note is kept, the reply that was begun stands there again.
  const goOn = () => {
    if (!form() || area().value || sessionStorage.getItem(aside(isNote())) === null) return;
    area().value = takeAside(isNote());
    count();
    window.desk.keepSoon(area());
  };

  document.addEventListener("click", (event) => {
    const tab = event.target.closest?.("[data-compose]");
    if (!tab || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    change(tab.dataset.compose === "note");
  }, true);

  document.addEventListener("input", (event) => { if (event.target === area()) count(); });
  document.addEventListener("desk:brought", (event) => {
    if (event.target !== area()) return;
    setMode(event.detail.note);
    count();
  });
  // What was typed goes along when a macro is inserted; a slash in an empty field opens the list.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-macro]");
    if (!link || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    window.desk.keep(area()).then(() => { if (!form().querySelector(".changed")) location.assign(link.href); });
  }, true);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target !== area() || area().value || isNote()) return;
    const menu = document.getElementById("macros");
    if (!menu?.showPopover) return;
    event.preventDefault();
    menu.showPopover();
    menu.querySelector("a")?.focus();
  });
  document.addEventListener("htmx:after:swap", goOn);
  window.desk = { ...window.desk, isWriting: () => Boolean(area()?.value.trim()) && !isNote() };
}
