// The composer: reply and note are two fields, of which one is shown; its length is counted. What is typed is kept by
// `writing.js`.
{
  const form = () => document.getElementById("composer");
  const area = () => form()?.querySelector("textarea:not([hidden])");
  const isNote = () => form()?.classList.contains("is-note") ?? false;
  const isOfNote = (text) => "isNote" in text.dataset;
  // What a person has chosen in the conversation that they have before them.
  let chosen = null;

  const count = () => {
    const shown = form()?.querySelector("[data-count]");
    if (!shown) return;
    const most = Number(area()?.dataset.most);
    const text = area()?.value ?? "";
    const left = most - ("bytes" in (area()?.dataset ?? {}) ? new TextEncoder().encode(text) : [...text]).length;
    shown.hidden = !most || left > most * 0.2;
    const words = Math.abs(left).toLocaleString("en");
    shown.textContent = shown.hidden ? "" : left < 0 ? `${words} too many` : `${words} left`;
    shown.classList.toggle("over", left < 0);
  };

  // Reply and note have a field each: what is meant for the team is not one key away from the customer.
  const showText = (note) => {
    for (const text of form().querySelectorAll("textarea")) {
      text.hidden = isOfNote(text) !== note;
      text.disabled = text.hidden;
    }
    count();
  };

  const setMode = (note) => {
    const from = form();
    chosen = { number: from.dataset.number, note };
    showText(note);
    if (note === isNote()) return;
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

  // The fields stay as they are while the page around them is drawn anew: what was chosen goes on.
  const goOn = () => {
    const from = form();
    if (!from) return;
    if (chosen?.number === from.dataset.number) setMode(chosen.note);
    else showText(isNote());
  };

  document.addEventListener("click", (event) => {
    const tab = event.target.closest?.("[data-compose]");
    if (!tab || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    setMode(tab.dataset.compose === "note");
    window.desk.goOnIn(area());
  }, true);

  // What the channel would refuse, as the server says it of the text that it has.
  const showObjections = (text, found) => {
    const list = text.form?.querySelector("[data-objections]");
    if (!list) return;
    const lines = found.map((words) => {
      const line = document.createElement("li");
      line.textContent = words;
      return line;
    });
    list.hidden = found.length === 0;
    list.replaceChildren(...lines);
  };

  document.addEventListener("input", (event) => { if (event.target === area()) count(); });
  document.addEventListener("desk:checked", (event) => { if (event.target.form === form()) showObjections(event.target, event.detail); });
  document.addEventListener("desk:brought", (event) => {
    if (event.target.form === form()) setMode(isOfNote(event.target));
  });
  // Once a note is kept, the reply that was begun stands there again; after a reply, the next one.
  document.addEventListener("desk:sent", (event) => {
    const from = form();
    if (event.target.form === from) chosen = { number: from.dataset.number, note: !from.querySelector("[data-compose=reply]") };
  });
  document.addEventListener("htmx:after:swap", goOn);
  // What was typed goes along when a macro is inserted; a slash in an empty field opens the list.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-macro]");
    if (!link || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    const texts = [...form().querySelectorAll("textarea[data-keeps]")];
    Promise.all(texts.map(window.desk.keep)).then(() => { if (!form().querySelector(".changed")) location.assign(link.href); });
  }, true);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target !== area() || area().value || isNote()) return;
    const menu = document.getElementById("macros");
    if (!menu?.showPopover) return;
    event.preventDefault();
    menu.showPopover();
    window.desk.enter(menu);
  });
  window.desk = { ...window.desk, isWriting: () => Boolean(area()?.value.trim()) && !isNote() };
}
