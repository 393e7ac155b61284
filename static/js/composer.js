// The composer: text is kept on the server as it is typed, the mode changes in place, the length is counted.
{
  const PAUSE = 700;
  const AGAIN = 5_000;
  let timer = null;
  let shown = null;

  const form = () => document.getElementById("composer");
  const area = () => form()?.querySelector("textarea");
  const isNote = () => form()?.classList.contains("is-note") ?? false;

  // What the server has not kept is kept in this tab, through a reload, for the same person. It comes back only where the
  // server still has what it had then: another device may have gone on, or sent it.
  const place = (from) => `writing ${from.dataset.number} ${document.body.dataset.me}`;
  const served = (from) => from.dataset.served ?? from.querySelector("textarea").defaultValue;
  const remember = (from, body) => sessionStorage.setItem(place(from),
    JSON.stringify({ body, note: from.classList.contains("is-note"), served: served(from) }));
  const forget = (from) => sessionStorage.removeItem(place(from));

  const keep = async (from, body) => {
    const kept = from.querySelector("[data-kept]");
    const fields = new URLSearchParams({ csrf: from.elements.csrf.value, body });
    if (from.classList.contains("is-note")) fields.set("note", "1");
    let stored = false;
    try {
      const answer = await fetch(from.dataset.keeps, { method: "POST", body: fields, keepalive: body.length < 30_000 });
      // Whoever is signed out is shown where to sign in; nothing was kept then.
      stored = answer.ok && !answer.redirected;
      if (kept) kept.textContent = stored ? "kept" : "kept in this tab only";
    } catch {
      if (kept) kept.textContent = "no connection, kept in this tab";
    }
    if (stored) from.dataset.served = body;
    if (stored || "sent" in from.dataset) return forget(from);
    remember(from, body);
    if (!timer && from === form()) keepSoon(AGAIN);
  };

  const keepSoon = (pause = PAUSE) => {
    const from = form();
    clearTimeout(timer);
    timer = setTimeout(() => { timer = null; keep(from, area()?.value ?? ""); }, pause);
  };

  const keepNow = () => {
    if (!timer) return;
    clearTimeout(timer);
    timer = null;
    keep(form(), area()?.value ?? "");
  };

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
  const aside = (from, note) => `${place(from)} ${note ? "note" : "reply"}`;
  const takeAside = (from, note) => {
    const text = sessionStorage.getItem(aside(from, note)) ?? "";
    sessionStorage.removeItem(aside(from, note));
    return text;
  };
  const change = (note) => {
    const from = form();
    if (note !== isNote()) {
      if (area().value) sessionStorage.setItem(aside(from, isNote()), area().value);
      area().value = takeAside(from, note);
    }
    setMode(note);
    count();
    area().focus();
    area().setSelectionRange(area().value.length, area().value.length);
    keepSoon();
  };
  // Once a note is kept, the reply that was begun stands there again.
  const goOn = () => {
    const from = form();
    if (!from || area().value || sessionStorage.getItem(aside(from, isNote())) === null) return;
    area().value = takeAside(from, isNote());
    count();
    keepSoon();
  };

  const bringBack = () => {
    const from = form();
    if (from?.dataset.number === shown) return;
    shown = from?.dataset.number;
    const text = from && sessionStorage.getItem(place(from));
    if (!text || from.matches("[data-inserted]")) return;
    const { body, note, served: before } = JSON.parse(text);
    if (![before, body].includes(area().defaultValue)) return forget(from);
    area().value = body;
    setMode(note);
    count();
    keepSoon();
  };

  document.addEventListener("click", (event) => {
    const tab = event.target.closest?.("[data-compose]");
    if (!tab || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    change(tab.dataset.compose === "note");
  }, true);

  document.addEventListener("input", (event) => {
    if (event.target !== area()) return;
    count();
    keepSoon();
  });
  document.addEventListener("htmx:config:request", (event) => {
    // Leaving the conversation keeps the text first.
    if (event.detail.ctx.sourceElement !== form()) keepNow();
    else { clearTimeout(timer); timer = null; }
  });
  document.addEventListener("htmx:error", () => { if (area()?.value) remember(form(), area().value); });
  document.addEventListener("htmx:before:swap", (event) => {
    const { ctx } = event.detail;
    // An empty field gives way to what the server kept: a reply that was taken back, a text from another device.
    if (area()?.value === "") area().id = "empty";
    if (ctx.sourceElement !== form() || !ctx.response) return;
    if (ctx.response.status >= 400 || !ctx.text.includes('id="rail"')) return remember(ctx.sourceElement, area().value);
    // Refused: the text stays. Sent: the preserved field must not bring it back.
    if (/id="said"[^>]*>\s*<div class="notice bad/.test(ctx.text)) return;
    ctx.sourceElement.dataset.sent = "";
    forget(ctx.sourceElement);
    const sent = ctx.sourceElement.querySelector("textarea");
    if (sent) { sent.value = ""; sent.id = "sent"; }
  });
  // What was typed goes along when a macro is inserted; a slash in an empty field opens the list.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-macro]");
    if (!link || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    clearTimeout(timer);
    timer = null;
    keep(form(), area()?.value ?? "").then(() => location.assign(link.href));
  }, true);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target !== area() || area().value || isNote()) return;
    const menu = document.getElementById("macros");
    if (!menu?.showPopover) return;
    event.preventDefault();
    menu.showPopover();
    menu.querySelector("a")?.focus();
  });
  document.addEventListener("htmx:after:swap", () => { bringBack(); goOn(); });
  bringBack();
  goOn();
  if (form()?.matches("[data-inserted]")) { keepSoon(); area()?.focus(); }
  window.addEventListener("pagehide", () => {
    if (timer) remember(form(), area()?.value ?? "");
    keepNow();
  });
  window.desk = { ...window.desk, isWriting: () => Boolean(area()?.value.trim()) && !isNote() };
}
