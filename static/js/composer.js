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
    if (send?.firstChild) send.firstChild.nodeValue = note ? "Keep note " : `${send.dataset.words} `;
    if (send?.title) send.disabled = !note;
  };

  // The fields stay as they are while the page around them is drawn anew: what was chosen goes on.
  const goOn = () => {
    const from = form();
    if (!from) return;
    if (chosen?.number === from.dataset.number) setMode(chosen.note);
    else showText(isNote());
  };

  // The case is answered on another channel by now, or others take part: the frame is drawn for that. What its writer has stays
  // as it is, the cursor too: both texts, the buttons, what is being attached, what was said of the text, and up to where they
  // have read.
  const STAYS = ["id", "seen", "shown", "parted"];
  const SAYS = ["id", "aria-label", "placeholder", "data-most", "data-bytes"];
  const named = (from, name) => from.querySelector(`input[name=${name}]`);

  const put = (part, place) => {
    if (place.parentNode.moveBefore) place.parentNode.moveBefore(part, place);
    else place.before(part);
    place.remove();
  };

  const bringText = (text, place) => {
    const says = SAYS.map((name) => [name, place.getAttribute(name)]);
    put(text, place);
    for (const [name, words] of says) {
      if (words === null) text.removeAttribute(name);
      else text.setAttribute(name, words);
    }
  };

  const bringOver = (from, next) => {
    for (const name of STAYS) named(next, name).value = named(from, name).value;
    const texts = [...from.querySelectorAll("textarea[data-keeps]")];
    for (const text of texts) {
      const place = [...next.querySelectorAll("textarea[data-keeps]")].find((one) => isOfNote(one) === isOfNote(text));
      if (place) bringText(text, place);
    }
    const [below, place] = [from, next].map((one) => one.querySelector(".composer-choices"));
    if (below && place) put(below, place);
    next.querySelector(".composer-files").append(...from.querySelectorAll(".composer-files .under-way"));
    // What script says stands before the fields.
    const said = [...from.children];
    next.prepend(...said.slice(0, said.findIndex((one) => one.matches("input"))));
  };

  const isForOthers = (from, next) => from.dataset.readers !== next.dataset.readers;
  const isElsewhere = (from, next) => named(from, "channel").value !== named(next, "channel").value;

  const sayMoved = (from, canReply, moved) => {
    from.querySelector(":scope > .moved")?.remove();
    const notice = document.createElement("div");
    notice.className = "notice warn moved";
    notice.role = "status";
    const words = document.createElement("p");
    const rest = canReply ? "Look whether it fits there." : "Nobody can be answered there.";
    words.textContent = moved
      ? `This case is answered ${from.dataset.way} now. Your text is kept. ${rest}`
      : "Who takes part in this case has changed. Your text is kept. Look who reads it now.";
    notice.append(words);
    from.prepend(notice);
  };

  // Whether it went along. What is being sent comes back with a page of its own.
  const goAlong = (fragment) => {
    const [from, next] = [form(), fragment.getElementById("composer")];
    if (!from || !next) return false;
    const moved = isElsewhere(from, next);
    if (!moved && !isForOthers(from, next)) return false;
    if (from.querySelector("[data-send][aria-disabled]")) return false;
    const [note, at] = [isNote(), document.activeElement];
    const isIn = from.contains(at);
    const isWritten = [...from.querySelectorAll("textarea[data-keeps]")].some((text) => !isOfNote(text) && text.value.trim());
    const canReply = Boolean(next.querySelector("[data-compose=reply]"));
    from.before(next);
    bringOver(from, next);
    // What has no place there was typed on until now.
    for (const text of from.querySelectorAll("textarea[data-keeps]")) if (text.value || text.defaultValue) window.desk.keep(text);
    document.getElementById("routes")?.remove();
    from.remove();
    const routes = fragment.getElementById("routes");
    if (routes) next.after(routes);
    setMode(note || !canReply);
    if (isWritten) sayMoved(next, canReply, moved);
    if (isIn && document.activeElement !== at) (next.contains(at) && !at.hidden ? at : area())?.focus({ preventScroll: true });
    document.dispatchEvent(new CustomEvent("desk:followed"));
    return true;
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
  window.desk = { ...window.desk, goAlong, isWriting: () => Boolean(area()?.value.trim()) && !isNote() };
}
