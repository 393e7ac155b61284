// The loader: a launcher on the shop's page, and a frame from the desk once somebody opens it.
// <script async src="https://desk.example/widget.js" data-channel="..."></script>
(() => {
  const queued = window.resolute?.q ?? [];
  const script = document.currentScript ?? document.querySelector("script[data-channel][src*='/widget.js']");
  if (window.resolute?.ready || !script?.dataset.channel) return;

  const desk = new URL(script.src).origin;
  const { channel, hue = "205", theme = "" } = script.dataset;
  const slot = `resolute:${channel}`;
  const listeners = new Map();
  // The desk fills them in: what the launcher says, by language.
  const WORDS = {};
  let locale = script.dataset.lang ?? "";
  let language = "en";
  let frame = null;
  let isReady = false;
  let isOpen = false;
  /** It opened by itself: the keyboard stays where it is on the page. */
  let calm = false;
  let unread = 0;
  let user = null;
  /** Whose session this tab knows to be kept. */
  let held;

  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    :host { all: initial; color-scheme: light dark; }
    button { position: fixed; inset-block-end: 1rem; inset-inline-end: 1rem; z-index: 2147483000; display: grid; place-items: center; inline-size: 3.5rem; block-size: 3.5rem; padding: 0; border: 0; border-radius: 50%; background: oklch(44% .085 ${Number(hue) || 205}); color: #fff; box-shadow: 0 1px 2px #0002, 0 8px 28px #0003; cursor: pointer; }
    button:focus-visible { outline: 3px solid oklch(44% .085 ${Number(hue) || 205}); outline-offset: 3px; }
    svg { inline-size: 1.5rem; block-size: 1.5rem; fill: none; stroke: currentColor; stroke-width: 1.5; stroke-linecap: round; stroke-linejoin: round; }
    b { position: absolute; inset-block-start: -.25rem; inset-inline-end: -.25rem; min-inline-size: 1.25rem; padding: 0 .3rem; box-sizing: border-box; border-radius: 1rem; background: #a32321; color: #fff; font: 600 .75rem/1.25rem system-ui, sans-serif; text-align: center; }
    iframe { position: fixed; inset-block-end: 5.25rem; inset-inline-end: 1rem; z-index: 2147483000; inline-size: 23rem; block-size: min(40rem, 100dvh - 7rem); border: 1px solid #7683874d; border-radius: 10px; background: Canvas; box-shadow: 0 1px 2px #0002, 0 8px 28px #0003; color-scheme: normal; }
    p { position: fixed; inset-block-end: 5.25rem; inset-inline-end: 1rem; z-index: 2147483000; max-inline-size: 17rem; margin: 0; padding: .75rem 1rem; border: 1px solid #7683874d; border-radius: 10px; background: Canvas; color: CanvasText; box-shadow: 0 1px 2px #0002, 0 8px 28px #0003; font: 1rem/1.4 system-ui, sans-serif; unicode-bidi: plaintext; text-align: start; }
    [hidden] { display: none; }
    @media (width <= 30rem) { iframe { inset: 0; inline-size: 100%; block-size: 100%; border: 0; border-radius: 0; } button.open { display: none; } }
  `);
  const host = document.createElement("div");
  const root = host.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [sheet];
  const launcher = document.createElement("button");
  launcher.type = "button";
  // Made piece by piece: some shops allow no text to become elements.
  const drawn = (tag, attributes) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  };
  const icon = drawn("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" });
  icon.append(drawn("path", { d: "M2.5 3h11v8h-6l-3 2.5V11h-2V3Z" }));
  const badge = document.createElement("b");
  badge.hidden = true;
  launcher.append(icon, badge);
  root.append(launcher);

  const wanted = () => locale || document.documentElement.lang;
  /** The launcher says what it does, and what waits. */
  const label = () => {
    const words = WORDS[language] ?? {};
    const does = (isOpen ? words.close : words.open) ?? "Chat";
    host.lang = language;
    launcher.setAttribute("aria-label", unread ? `${does} (${unread})` : does);
    if (frame) frame.title = words.messages ?? "Chat";
  };
  const speak = (tag) => {
    const short = String(tag).split(/[-_]/)[0].toLowerCase();
    language = Object.hasOwn(WORDS, short) ? short : "en";
    label();
  };

  const kept = () => {
    try { return JSON.parse(localStorage.getItem(slot)) ?? {}; } catch { return {}; }
  };
  /** What the frame keeps, beside what other tabs of the shop keep for the same visitor: what waits there waits still,
      until it is `gone`. A tab in which nothing has begun takes nothing from the others. */
  const beside = ({ gone = [], back = false, ...mine }) => {
    const stored = kept();
    if (mine.visitor !== undefined && mine.visitor !== stored.visitor && stored.visitor !== undefined) return mine;
    const own = new Set([...gone, ...mine.outbox.map(({ id }) => id)]);
    const outbox = [...(stored.outbox ?? []).filter(({ id }) => !own.has(id)), ...mine.outbox];
    const most = (name) => (back ? mine[name] : Math.max(stored[name] ?? 0, mine[name] ?? 0));
    return { ...(mine.visitor === undefined ? { ...mine, ...stored } : mine), outbox, read: most("read"), looked: most("looked") };
  };
  const keep = (value) => {
    const stored = kept();
    // Another tab let the visitor go, or somebody else has come: a session that is not kept any more does not come back.
    if (held !== undefined && value.visitor === held && stored.visitor !== held) { look({}); return; }
    // A guest takes nobody's place whom this tab did not know: they go on as that one, unless another customer was here.
    const isNew = value.visitor !== undefined && ![value.visitor, held].includes(stored.visitor);
    if (stored.token && isNew && !value.vouched) { if (!held || !stored.vouched) offer(); return; }
    try {
      localStorage.setItem(slot, JSON.stringify(beside(value)));
      held = value.visitor;
    } catch { /* A browser that keeps nothing: the chat lasts as long as the page. */ }
  };
  /** Whether the chat was left open in this tab: the next page of the shop opens it again. */
  const wasOpen = () => {
    try { return sessionStorage.getItem(slot) === "open"; } catch { return false; }
  };
  const noteOpen = () => {
    try {
      if (isOpen) sessionStorage.setItem(slot, "open");
      else sessionStorage.removeItem(slot);
    } catch { /* A browser that keeps nothing: the next page begins with a closed chat. */ }
  };
  const tell = (message) => frame?.contentWindow?.postMessage({ resolute: 1, ...message }, desk);
  /** The frame hears what is kept now: where nothing has begun in it, it goes on with what another tab has begun. */
  const offer = () => { if (isReady) tell({ t: "kept", kept: kept() }); };
  const emit = (name, detail) => { for (const listener of listeners.get(name) ?? []) listener(detail); };

  const load = () => {
    if (frame) return;
    const look = new URLSearchParams({ origin: location.origin, lang: wanted(), theme });
    frame = document.createElement("iframe");
    frame.hidden = true;
    frame.setAttribute("sandbox", "allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox allow-downloads");
    frame.src = `${desk}/widget/${encodeURIComponent(channel)}?${look}`;
    label();
    const mine = frame;
    // Where it may not stand, or the desk is away, the browser puts a page of its own there, which never says that it is ready.
    frame.addEventListener("load", () => setTimeout(() => { if (frame === mine && !isReady) giveUp(); }, 3000));
    root.append(frame);
  };
  /** In place of a frame into which the desk's page did not come: a word for the visitor, and one for the shop's developer. */
  const giveUp = () => {
    const words = document.createElement("p");
    words.setAttribute("role", "alert");
    words.textContent = WORDS[language]?.unavailable ?? "";
    const hadFocus = root.activeElement === frame;
    frame.replaceWith(words);
    frame = words;
    draw();
    if (hadFocus) launcher.focus();
    console.warn(`Chat: the desk’s page did not come. Either “Where the chat may stand” in the settings of this chat lacks ${location.host} (a port counts), or ${desk} cannot be reached.`);
  };
  const isChat = () => frame?.localName === "iframe";
  const unload = () => {
    frame?.remove();
    frame = null;
    isReady = false;
  };
  /** The frame forgets what it keeps itself, and has a moment for it. */
  const forget = () => {
    if (isReady) tell({ t: "forget" });
    const old = frame;
    frame = null;
    isReady = false;
    if (old) old.hidden = true;
    setTimeout(() => old?.remove(), 1000);
  };
  const count = (value) => {
    unread = value;
    badge.hidden = !value;
    badge.textContent = value > 9 ? "9+" : String(value);
    label();
    emit("unread", value);
  };
  /** The visitor is gone: nothing of them stays on the page. */
  const letGo = () => {
    const was = isOpen;
    user = null;
    held = undefined;
    isOpen = false;
    calm = false;
    forget();
    if (unread) count(0);
    noteOpen();
    draw();
    if (was) emit("close");
  };
  /** Another tab may have let them go; a page that comes back out of the browser's memory heard nothing of it. */
  const look = ({ type, key, newValue }) => {
    const { visitor } = kept();
    const gone = visitor === undefined || (key === slot && newValue === null) || (type === "pageshow" && visitor !== held);
    if (held !== undefined && gone) letGo();
    else if (!held) offer();
  };
  for (const name of ["storage", "pageshow"]) addEventListener(name, look);
  /** Where the chat covers the page, nobody comes to what lies below it. */
  const narrow = matchMedia("(width <= 30rem)");
  const cover = () => { document.body?.toggleAttribute("inert", isOpen && isChat() && narrow.matches); };
  narrow.addEventListener("change", cover);
  // An async script may be there before the body is.
  document.addEventListener("DOMContentLoaded", cover);
  const draw = () => {
    if (isOpen) load();
    if (frame) frame.hidden = !isOpen;
    launcher.classList.toggle("open", isOpen && isChat());
    label();
    cover();
  };
  const show = (open) => {
    if (open === isOpen) return;
    isOpen = open;
    calm = false;
    noteOpen();
    draw();
    // The next time it is tried again.
    if (!open && !isChat()) unload();
    if (isReady) tell({ t: open ? "open" : "close" });
    if (open) frame.focus();
    else launcher.focus();
    emit(open ? "open" : "close");
  };

  addEventListener("message", (event) => {
    if (event.origin !== desk || !frame || event.source !== frame.contentWindow || event.data?.resolute !== 1) return;
    const { t, value } = event.data;
    if (t === "ready") {
      isReady = true;
      // Where the page names no language, the frame knows the brand's.
      speak(value);
      held = kept().visitor;
      tell({ t: "init", kept: kept(), user, open: isOpen, calm });
    } else if (t === "keep") keep(value);
    else if (t === "look") offer();
    else if (t === "close") show(false);
    else if (t === "unread") count(value);
    else if (t === "event") emit(value.name, value.detail);
  });
  launcher.addEventListener("click", () => show(!isOpen));
  launcher.addEventListener("keydown", (event) => { if (event.key === "Escape") show(false); });

  const commands = {
    open: () => show(true),
    close: () => show(false),
    toggle: () => show(!isOpen),
    setUser: (who) => {
      user = who ?? null;
      if (isReady) tell({ t: "user", user });
    },
    setLocale: (tag) => {
      locale = String(tag ?? "");
      speak(wanted());
      if (!frame) return;
      unload();
      load();
      frame.hidden = !isOpen;
      if (isOpen && !calm) frame.focus();
    },
    reset: () => {
      try { localStorage.removeItem(slot); } catch { /* Nothing is kept. */ }
      const was = isOpen;
      letGo();
      if (was) launcher.focus();
    },
    on: (name, listener) => {
      if (typeof listener === "function") listeners.set(name, [...(listeners.get(name) ?? []), listener]);
    },
  };
  window.resolute = (name, ...values) => commands[name]?.(...values);
  window.resolute.ready = true;

  speak(wanted());
  // Beside the body, so that pages which swap their body keep the chat.
  document.documentElement.append(host);
  for (const call of queued) window.resolute(...call);
  /** What nobody asked for on this page. Whoever has a chat is told of answers on every page; nobody else loads or keeps
      anything. */
  const goOn = () => {
    if (wasOpen() && !isOpen) {
      isOpen = true;
      calm = true;
      draw();
    }
    if (kept().token) load();
  };
  // A frame that is made before the shop's page is there holds up that page, for ever where the desk says nothing.
  if (document.readyState === "complete") goOn();
  else addEventListener("load", goOn, { once: true });
})();
