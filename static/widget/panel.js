// The frame of the chat. What is written is kept on the shop's page until the desk has it; what was missed is asked for
// by the number of the last event.
{
  const setting = JSON.parse(document.body.dataset.setting);
  const base = `/widget/${setting.channel}`;
  const at = (id) => document.getElementById(id);
  const say = (name, facts = {}) => (setting.words[name] ?? name).replace(/\{(\w+)\}/g, (_, fact) => facts[fact] ?? "");
  const make = (tag, className, text) => {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  };
  // Not every page is a secure context, so the random bytes are asked for directly.
  const newId = () => {
    const hex = [...crypto.getRandomValues(new Uint8Array(16))].map((byte, place) => {
      const bits = place === 6 ? (byte & 0x0f) | 0x40 : place === 8 ? (byte & 0x3f) | 0x80 : byte;
      return bits.toString(16).padStart(2, "0");
    }).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  };
  const LONGEST_WAIT = 30_000;
  const SHORTEST_WAIT = 500;
  /** How often a line is looked at, and how often in a row it may have been silent. */
  const BEAT = 20_000;
  const SILENT = 2;
  /** A line of which nothing was heard for so long is not trusted when the page is looked at again. */
  const OLD = 90_000;
  /** How often it is asked how things stand while somebody waits for a person. */
  const ASKS = 60_000;
  /** How long it stands without news that somebody types, and what the agent is at. */
  const TYPES = 6_000;
  const WORKS = 120_000;
  /** An answer of the agent follows its first sentence one by one, all of it within this time. */
  const BETWEEN = 450;
  const REVEALED = 2_500;
  const COMMA = setting.language === "ar" ? "، " : ", ";
  const SENTENCES = /[^]+?(?:[.!?…؟]+(?=\s)|(?=\n\n)|$)/g;

  let kept = { token: "", outbox: [], read: 0 };
  let user = null;
  let isOpen = false;
  let state = null;
  let seq = 0;
  /** A person is wanted, and there is no session yet; one was asked for, and no state says so yet. */
  let wantsPerson = false;
  let asking = false;
  /** Everything shown, by id. */
  const shown = new Map();

  // The shop's page: one origin, both ways.
  const tell = (t, value) => parent.postMessage({ resolute: 1, t, value }, setting.origin);
  const keep = () => tell("keep", kept);
  addEventListener("message", (event) => {
    if (event.origin !== setting.origin || event.source !== parent || event.data?.resolute !== 1) return;
    const message = event.data;
    if (message.t === "init") {
      kept = { ...kept, ...message.kept };
      user = message.user;
      isOpen = message.open;
      showWaiting();
      findFiles();
      begin();
    } else if (message.t === "user") {
      user = message.user;
      begin();
    } else if (message.t === "open" || message.t === "close") {
      isOpen = message.t === "open";
      // A hidden frame scrolls nowhere.
      if (isOpen) { toEnd(true); focusFirst(); markRead(); askState(); }
      tellUnread();
    } else if (message.t === "forget") {
      line.close();
      files.clear();
      unsent.clear();
    }
  });

  // Sessions.
  /** Another person is here: nothing of the one before stays. What a stranger wrote is sent as the customer's own, but
      not to what address they wanted answers: the shop knows the customer's. */
  const change = (session) => {
    line.close();
    const outbox = kept.vouched ? [] : kept.outbox.filter((waiting) => !session.vouched || waiting.t !== "email");
    handOverFiles(kept.vouched ? null : session.visitor);
    kept = { token: session.token, visitor: session.visitor, vouched: session.vouched, outbox, read: 0, aside: kept.aside };
    seq = 0;
    state = null;
    asking = false;
    doing("");
    shown.clear();
    at("log").replaceChildren();
    showWaiting();
  };

  /** The shop's word for the customer does not hold any more: they go on as a guest. What they have not sent as themself
      waits until the shop vouches for them again. */
  const goOnAsGuest = () => {
    user = null;
    if (kept.vouched) {
      const aside = { visitor: kept.visitor, outbox: kept.outbox };
      change({ token: "", visitor: "", vouched: false });
      kept.aside = aside;
    }
    keep();
    sayGuest(true);
    starting = null;
    begin();
  };

  /** The shop vouches for somebody: what waits for them is theirs, and what waits for somebody else is gone. */
  const takeUp = (aside) => {
    delete kept.aside;
    if (aside?.visitor !== kept.visitor) return;
    kept.outbox = [...aside.outbox, ...kept.outbox];
    showWaiting();
  };

  const sayGuest = (is) => {
    at("guest").hidden = !is;
    at("guest").textContent = is ? say("guest") : "";
  };

  let starting = null;
  const begin = (form) => {
    if (!user && kept.token) ready();
    else if (!user && setting.sign_in) refuse(say("no_entry"));
    else if (!user && !form && setting.pre_chat.length) ask();
    else if (!starting) {
      const mine = start(form).finally(() => { if (starting === mine) starting = null; });
      starting = mine;
    }
  };

  const start = async (form) => {
    let answer;
    try {
      answer = await fetch(`${base}/sessions`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ origin: setting.origin, token: kept.token, identity: user, form }),
      });
    } catch {
      line.later(() => begin(form));
      return;
    }
    if (answer.status === 201) {
      const session = await answer.json();
      if (kept.visitor && kept.visitor !== session.visitor) change(session);
      kept = { ...kept, ...session };
      if (session.vouched) { takeUp(kept.aside); sayGuest(false); }
      keep();
      ready();
    } else if (answer.status === 422) {
      const { fields } = await answer.json();
      if (fields) ask(fields);
      else refuse(say("closed"));
    } else if (answer.status === 401) {
      // For whoever makes the shop's pages.
      if (user) answer.json().then(({ error }) => console.warn(`Chat: ${error}.`)).catch(() => {});
      if (user && !setting.sign_in) goOnAsGuest();
      else refuse(say("no_entry"));
    } else if (answer.status === 429 || answer.status >= 500) {
      line.later(() => begin(form));
    } else {
      refuse(say("closed"));
    }
  };

  const ready = () => {
    at("before").hidden = true;
    at("scroll").hidden = false;
    at("foot").hidden = false;
    focusFirst();
    line.open();
    findFiles();
    if (wantsPerson) { wantsPerson = false; write("person", say("want_person")); }
  };

  /** The chat is closed here; a person is reached by mail, where the shop has an address. */
  const refuse = (words) => {
    at("before").hidden = false;
    at("before").replaceChildren(make("p", "hush", words));
    at("scroll").hidden = true;
    at("foot").hidden = true;
    at("who").textContent = "";
    at("wait").textContent = wantsPerson && !setting.mail ? words : "";
    if (!setting.mail) return;
    const link = make("a", "", setting.mail);
    link.href = `mailto:${setting.mail}`;
    at("wait").append(`${say("person_mail")} `, link);
    if (wantsPerson) link.focus();
  };

  /** The questions before the chat. */
  const ask = (wrong = []) => {
    const form = at("before");
    if (!form.querySelector("input")) {
      form.replaceChildren(...setting.pre_chat.map(field), make("p"));
      const button = make("button", "button main", say("begin"));
      form.lastChild.append(button);
    }
    for (const name of setting.pre_chat) {
      const input = form.elements[name];
      const error = at(`before-${name}-error`);
      error.hidden = !wrong.includes(name);
      input.setAttribute("aria-invalid", String(wrong.includes(name)));
    }
    form.hidden = false;
    at("scroll").hidden = true;
    at("foot").hidden = true;
    if (setting.state) stand(setting.state);
    if (wantsPerson) at("wait").textContent = say("person_first");
    if (wrong.length) form.elements[wrong[0]]?.focus();
    else focusFirst();
  };

  const field = (name) => {
    const box = make("div", "field");
    const label = make("label", "", say(name));
    const input = make("input");
    input.name = name;
    input.id = `before-${name}`;
    label.htmlFor = input.id;
    input.type = { email: "email", consent: "checkbox" }[name] ?? "text";
    input.autocomplete = { email: "email", name: "name" }[name] ?? "off";
    input.maxLength = 200;
    const error = make("p", "error", name === "email" ? say("bad_email") : say("needed"));
    error.id = `before-${name}-error`;
    error.hidden = true;
    input.setAttribute("aria-describedby", error.id);
    if (name === "consent") {
      label.prepend(input, " ");
      box.append(label);
      if (setting.privacy) box.append(outside(say("privacy"), setting.privacy));
      box.append(error);
    } else box.append(label, input, error);
    return box;
  };

  /** What was filled in; nothing where nothing is asked. */
  const filledIn = () => {
    const { elements } = at("before");
    if (!elements.length) return undefined;
    return Object.fromEntries(setting.pre_chat.map((name) => [name, name === "consent" ? elements[name].checked : elements[name].value]));
  };

  at("before").addEventListener("submit", (event) => {
    event.preventDefault();
    begin(filledIn());
  });

  // The line: a socket, or a stream with posts where sockets do not get through.
  const line = (() => {
    let socket = null;
    let feed = null;
    let tries = 0;
    let neverOpened = 0;
    let timer = null;
    let beat = null;
    let heard = 0;
    let silent = 0;
    let joined = false;
    let wanted = false;
    /** The code that ends a stream, which has none of its own. */
    let ended = 0;

    const later = (act) => {
      clearTimeout(timer);
      const most = Math.min(LONGEST_WAIT, SHORTEST_WAIT * 2 ** tries);
      tries += 1;
      timer = setTimeout(act, SHORTEST_WAIT + Math.random() * (most - SHORTEST_WAIT));
    };
    const lost = (code) => {
      joined = false;
      socket = null;
      feed = null;
      clearInterval(beat);
      doing("");
      if (!wanted) return;
      if (code === 4001) {
        // The session is over: what was written stays in the outbox for the new one.
        kept.token = "";
        keep();
        begin();
        return;
      }
      // The oldest of too many: it comes back when somebody looks at it.
      if (code === 4009 && document.hidden) return;
      if (code === 4008 || code === 4009) tries = Math.max(tries, 4);
      if (tries > 0) offline(true);
      later(connect);
    };
    const hear = (text) => {
      for (const frame of [JSON.parse(text)].flat()) {
        if (frame.t === "end") ended = frame.code;
        else take(frame);
      }
    };
    const alive = () => { heard = Date.now(); silent = 0; };
    /** A line that is dead without saying so. */
    const giveUp = () => {
      const [old, following] = [socket, feed];
      lost(0);
      old?.close();
      following?.abort();
    };
    /** A socket answers a ping, and a stream says something at least every fifteen seconds. It is counted, not measured:
        a page that nobody looks at is woken seldom. */
    const watch = () => {
      alive();
      clearInterval(beat);
      beat = setInterval(() => {
        silent += 1;
        if (silent > SILENT) giveUp();
        else if (socket) send({ t: "ping" });
      }, BEAT);
    };
    const connect = () => {
      clearTimeout(timer);
      if (!wanted || socket || feed) return;
      if (neverOpened >= 2) { follow(); return; }
      const address = new URL(`${base}/line`, location.href);
      address.protocol = address.protocol.replace("http", "ws");
      const mine = new WebSocket(address);
      socket = mine;
      watch();
      let opened = false;
      mine.addEventListener("open", () => {
        opened = true;
        neverOpened = 0;
        alive();
        mine.send(JSON.stringify({ t: "join", token: kept.token, last_seq: seq }));
      });
      mine.addEventListener("message", (event) => {
        if (socket !== mine) return;
        alive();
        hear(event.data);
      });
      mine.addEventListener("close", (event) => {
        if (!opened) neverOpened += 1;
        if (socket === mine) lost(event.code);
      });
    };
    const follow = async () => {
      const stop = new AbortController();
      feed = stop;
      ended = 0;
      watch();
      let code = 0;
      let stood = false;
      try {
        const answer = await fetch(`${base}/feed?last_seq=${seq}`, { headers: { authorization: `Bearer ${kept.token}` }, signal: stop.signal });
        if (answer.status === 403) code = 4001;
        stood = answer.ok;
        if (stood) {
          const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
          let rest = "";
          for (;;) {
            const { done, value } = await reader.read();
            if (done || feed !== stop) break;
            alive();
            const parts = (rest + value).split("\n\n");
            rest = parts.pop();
            for (const part of parts) if (part.startsWith("data: ")) hear(part.slice(6));
          }
        }
      } catch { /* The line broke; it is opened again. */ }
      // Where neither gets through, the network is away: sockets are tried again.
      if (!stood) neverOpened = 0;
      if (feed === stop) lost(ended || code);
    };
    const post = async (frame) => {
      try {
        const answer = await fetch(`${base}/frames`, {
          method: "POST",
          headers: { "content-type": "application/json", authorization: `Bearer ${kept.token}` },
          body: JSON.stringify(frame),
          signal: AbortSignal.timeout(10_000),
        });
        if (answer.ok) hear(await answer.text());
        else if (frame.id) take({ t: "refused", id: frame.id, why: answer.status === 429 ? "too_fast" : "busy" });
      } catch {
        if (frame.id) take({ t: "refused", id: frame.id, why: "busy" });
      }
    };
    const send = (frame) => {
      if (socket?.readyState === 1) socket.send(JSON.stringify(frame));
      else if (feed) post(frame);
    };
    return {
      later,
      open: () => { wanted = true; connect(); },
      close: () => {
        wanted = false;
        joined = false;
        clearTimeout(timer);
        clearInterval(beat);
        const [old, following] = [socket, feed];
        socket = null;
        feed = null;
        old?.close();
        following?.abort();
      },
      retry: () => {
        if ((socket || feed) && Date.now() - heard > OLD) giveUp();
        if (wanted && !socket && !feed) { tries = 0; connect(); }
      },
      joined: () => { joined = true; tries = 0; offline(false); },
      isJoined: () => joined,
      send: (frame) => { if (joined) send(frame); },
    };
  })();
  addEventListener("online", () => line.retry());
  document.addEventListener("visibilitychange", () => { if (!document.hidden) { line.retry(); markRead(); askState(); } });

  // The queue moves, and people come and go, without an event of this chat.
  const askState = () => line.send({ t: "state" });
  setInterval(() => { if (isOpen && !document.hidden && state?.waits) askState(); }, ASKS);

  const offline = (is) => {
    const words = at("line");
    words.hidden = !is;
    words.textContent = is ? say("offline") : "";
  };

  // What comes.
  const take = (frame) => {
    if (frame.seq) seq = Math.max(seq, frame.seq);
    switch (frame.t) {
      case "resync":
        for (const [id, message] of shown) if (!message.waits && !message.failed) { message.element.remove(); shown.delete(id); }
        for (const message of frame.messages) show(message);
        tidy();
        break;
      case "message": {
        const isNews = !shown.has(frame.id);
        show(frame);
        if (frame.from === "visitor") askForAddress();
        else {
          doing("");
          typing("");
          if (frame.from === "person" && state?.waits) stand({ ...state, doing: "", waits: false });
          tell("event", { name: "message", detail: { from: frame.from } });
        }
        tidy();
        if (frame.from === "agent" && isNews && line.isJoined()) reveal(shown.get(frame.id).element);
        if (frame.from === "visitor" && state?.with === "person") askState();
        break;
      }
      case "joined":
        line.joined();
        asking = false;
        stand(frame.state);
        flush();
        sendFiles();
        tidy();
        break;
      case "state":
        if (frame.state.with === "person") asking = false;
        // What is as it was is not said again to those who hear it.
        if (JSON.stringify(frame.state) === JSON.stringify(state)) fates();
        else stand(frame.state);
        break;
      case "ack":
        arrived(frame.id);
        break;
      case "refused":
        refused(frame);
        break;
      case "typing":
        typing(say("writing_name", { name: frame.name }));
        break;
      case "doing":
        doing(frame.what);
        break;
      case "seen":
        if (state) state.seen = frame.seq;
        fates();
        break;
    }
  };

  let typingTimer = null;
  let atWork = "";
  const typing = (words, lasts = TYPES) => {
    atWork = "";
    clearTimeout(typingTimer);
    at("typing").hidden = !words;
    at("typing").textContent = words;
    if (words) typingTimer = setTimeout(() => typing(""), lasts);
  };
  /** What the agent is at; its end takes nobody's typing away. */
  const doing = (what) => {
    if (!what && !atWork) return;
    typing(what ? say(what) : "", WORKS);
    atWork = what;
  };

  const whenBack = (at) => new Intl.DateTimeFormat(document.documentElement.lang, { weekday: "long", hour: "2-digit", minute: "2-digit" }).format(new Date(at));

  const span = (minutes) => {
    const unit = minutes < 60 ? "minute" : "hour";
    const count = unit === "hour" ? minutes / 60 : minutes;
    return new Intl.NumberFormat(setting.language, { style: "unit", unit, unitDisplay: "long" }).format(count);
  };

  /** Who answers and how long it takes: head and foot say the same. And whether the answer may have to go by mail. */
  const standing = (now) => {
    const away = now.people === 0;
    const withPerson = now.with === "person";
    const byAgent = !withPerson && now.agent === "alone";
    const back = now.back ? { when: whenBack(now.back) } : null;
    if (away && byAgent) return { who: back ? say("agent_until", back) : say("agent_alone"), wait: say("person_later"), byMail: false };
    if (away) {
      // Nothing promises a mail where none can go.
      const gone = say(!now.mail ? "wait_here" : now.has_email ? "wait_away" : "wait_away_unknown");
      return { who: say("away"), wait: setting.away || (back ? `${gone}. ${say("back", back)}` : gone), byMail: now.mail };
    }
    const usual = now.usual ? say("usual", { span: span(now.usual) }) : "";
    const ahead = now.ahead > 0 ? say("ahead", { n: now.ahead }) : say("ahead_none");
    if (now.waits) return { who: say("people_answer"), wait: [say("asked_person"), ahead, usual].filter(Boolean).join(COMMA), byMail: now.mail };
    if (withPerson) return { who: say("person_here"), wait: "", byMail: now.mail };
    // Where a person reads first, whoever does not want to wait can go.
    return { who: say(byAgent ? "agent_answers" : "people_answer"), wait: usual, byMail: now.mail && !byAgent };
  };

  const stand = (next) => {
    state = next;
    const { who, wait } = standing(state);
    at("who").textContent = who;
    at("wait").textContent = wait;
    askForAddress();
    doing(state.doing);
    fates();
  };

  /** Only where something was written that may have to be answered by mail. */
  const askForAddress = () => {
    const written = [...shown.values()].some((message) => message.from === "visitor");
    at("email-form").hidden = !state || state.has_email || Boolean(address()) || !written || !standing(state).byMail;
  };

  // What is shown.
  const show = (message) => {
    const known = shown.get(message.id);
    if (known) known.element.remove();
    const next = { ...known, failed: null, ...message, waits: Boolean(message.waits) };
    next.element = draw(next);
    shown.set(message.id, next);
    place(next);
    if (message.from === "visitor" && !next.waits && !next.failed) { settle(message.id); forgetFile(message.id); }
  };

  /** The messages that wait to be sent. */
  const showWaiting = () => {
    for (const waiting of kept.outbox) if (waiting.t !== "email") show({ ...waiting, from: "visitor", waits: true });
    for (const one of files.values()) showFile(one);
  };

  /** In the order of the desk; what it has not got yet stands last. */
  const place = (message) => {
    const log = at("log");
    const order = (one) => (one.seq ? one.seq : Infinity);
    const after = [...shown.values()].filter((one) => one !== message && order(one) > order(message)).sort((a, b) => order(a) - order(b))[0];
    log.insertBefore(message.element, after?.element ?? null);
    toEnd(message.from === "visitor");
  };

  const toEnd = (always) => {
    const scroll = at("scroll");
    const near = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 160;
    if (near || always) scroll.scrollTop = scroll.scrollHeight;
  };

  const draw = (message) => {
    const mine = message.from === "visitor";
    const element = make("div", `message${mine ? " mine" : ""}${message.waits ? " waits" : ""}`);
    const who = mine ? say("you") : message.from === "person" ? message.name : say("agent");
    element.append(make("span", mine ? "only-heard" : "from", mine ? `${who}: ` : who));
    if (message.text) {
      const text = make("div", "message-text");
      text.dir = "auto";
      text.append(...sentences(message));
      element.append(text);
    }
    for (const file of message.files ?? []) element.append(drawFile(file));
    if (message.card) element.append(drawCard(message.card));
    if (message.choices?.length) element.append(drawChoices(message.choices));
    element.append(make("span", "fate"));
    return element;
  };

  const sentences = (message) => (message.from === "agent" ? message.text.match(SENTENCES) : [message.text]).map((words) => {
    const piece = make("span");
    piece.append(...linked(words));
    return piece;
  });

  /** What the agent just said appears sentence by sentence. All of it is in the page at once, so it is read out once and
      whole; whoever wants nothing to move, or does not look, sees it whole too. */
  const reveal = (element) => {
    const rest = [...element.querySelectorAll(".message-text > span")].slice(1);
    if (!rest.length || !isOpen || document.hidden || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    const between = Math.min(BETWEEN, REVEALED / rest.length);
    element.classList.add("comes");
    rest.forEach((piece, place) => {
      piece.classList.add("only-heard");
      setTimeout(() => {
        piece.classList.remove("only-heard");
        if (piece === rest.at(-1)) element.classList.remove("comes");
        toEnd(false);
      }, between * (place + 1));
    });
  };

  const linked = (text) => text.split(/(https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)])/).map((part, place) => {
    if (place % 2 === 0) return document.createTextNode(part);
    const link = make("a", "", part);
    link.href = part;
    link.target = "_blank";
    link.rel = "noopener noreferrer nofollow";
    return link;
  });

  /** A page of somebody's, in a window of its own. */
  const outside = (words, href) => {
    const link = make("a", "", words);
    link.href = href;
    link.target = "_blank";
    link.rel = "noopener noreferrer";
    return link;
  };

  const drawFile = (file) => {
    const link = make("a");
    link.href = file.url;
    link.target = "_blank";
    link.rel = "noopener";
    if (/^image\//.test(file.type)) {
      const picture = make("img");
      picture.src = file.url;
      picture.alt = file.name;
      picture.loading = "lazy";
      picture.addEventListener("load", () => toEnd(false));
      link.append(picture);
    } else {
      link.download = file.name;
      link.textContent = file.name;
    }
    return link;
  };

  const STEPS = { packed: 1, in_transit: 2, attempt_failed: 3, available_for_pickup: 3, out_for_delivery: 3, delivered: 4 };
  const drawCard = (card) => {
    const box = make("div", "card");
    const head = make("p", "line apart");
    head.append(make("b", "", say("order", { number: card.number })));
    if (card.late) head.append(make("span", "badge warn", say("late")));
    box.append(head, make("p", "hush", card.lines.join(", ")));
    if (card.parcel) {
      const steps = make("div", "steps");
      steps.setAttribute("role", "img");
      steps.setAttribute("aria-label", say(card.parcel));
      for (let step = 0; step < 4; step += 1) steps.append(make("i", step < (STEPS[card.parcel] ?? 2) ? "" : "ahead"));
      const facts = make("p", "faint", say(card.parcel));
      if (card.promised) facts.append(` · ${say("promised", { day: new Date(card.promised).toLocaleDateString(setting.language) })}`);
      if (card.track) {
        facts.append(" · ", outside(say("track"), card.track));
      }
      box.append(steps, facts);
    }
    return box;
  };

  /** What the visitor may answer with a tap: the words on the button are what is sent. */
  const drawChoices = (choices) => {
    const box = make("div", "choices");
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", say("choose"));
    for (const words of choices) {
      const button = make("button", "button", words);
      button.type = "button";
      button.dir = "auto";
      button.addEventListener("click", () => { write("message", words); at("scroll").focus(); });
      box.append(button);
    }
    return box;
  };

  /** The word below the last message of the visitor, and below each that waits or failed; and that of an address. */
  const fates = () => {
    const onTheWay = line.isJoined() ? say("sending") : say("waits");
    const mine = [...shown.values()].filter((message) => message.from === "visitor");
    const last = mine.filter((message) => message.seq).sort((a, b) => a.seq - b.seq).at(-1);
    for (const message of mine) {
      const fate = message.element.querySelector(".fate");
      fate.classList.toggle("bad", Boolean(message.failed));
      if (message.failed) {
        const again = make("button", "link", say("again"));
        again.type = "button";
        again.addEventListener("click", () => sendAgain(message));
        fate.replaceChildren(`${message.failed === true ? say("failed") : message.failed} · `, again);
      } else if (message.waits) fate.textContent = onTheWay;
      else fate.textContent = message === last ? say(state && state.seen >= message.seq ? "seen" : "sent") : "";
    }
    // Only what was asked last can still be answered with a tap.
    for (const box of at("log").querySelectorAll(".choices")) box.hidden = box.parentElement !== at("log").lastElementChild;
    const left = address();
    at("email-fate").hidden = !left;
    at("email-fate").textContent = left ? `${left.address} · ${onTheWay}` : "";
    offerPerson();
    toEnd(false);
  };

  /** The way to a person is always there. Once one was asked for, it says so, until a person has answered. */
  const offerPerson = () => {
    const asked = asking || Boolean(state?.with === "person" && state.waits);
    const words = say(asked ? "person_asked" : "person");
    if (at("person").textContent !== words) at("person").textContent = words;
    at("person").setAttribute("aria-disabled", String(asked || kept.outbox.some((waiting) => waiting.t === "person")));
  };

  const unread = () => [...shown.values()].filter((message) => message.from !== "visitor" && message.seq > kept.read);
  const tellUnread = () => tell("unread", isOpen && !document.hidden ? 0 : unread().length);
  const markRead = () => {
    if (!isOpen || document.hidden || !line.isJoined()) return;
    const fresh = unread();
    if (!fresh.length) return;
    line.send({ t: "read", ids: fresh.slice(-100).map((message) => message.id) });
    kept.read = Math.max(...fresh.map((message) => message.seq));
    keep();
  };
  const tidy = () => { fates(); markRead(); tellUnread(); };

  // What goes. One after the other, each until the desk has it.
  let underway = null;
  let resend = null;
  const flush = () => {
    clearTimeout(resend);
    underway = null;
    const [next] = kept.outbox;
    fates();
    if (!next || !line.isJoined()) return;
    underway = next.id;
    line.send({ t: next.t, id: next.id, text: next.text, address: next.address });
    // An answer that got lost: the desk knows the message by its id.
    resend = setTimeout(flush, 10_000);
  };
  const settle = (id) => {
    const done = kept.outbox.find((message) => message.id === id);
    if (!done) return;
    kept.outbox = kept.outbox.filter((message) => message !== done);
    if (done.t === "person") asking = true;
    keep();
    if (underway === id) flush();
  };
  const arrived = (id) => {
    const message = shown.get(id);
    if (message) { message.waits = false; message.element.classList.remove("waits"); }
    const left = address();
    settle(id);
    if (asking) askState();
    if (left?.id === id) addressKept(left);
    fates();
  };
  const refused = ({ id, why }) => {
    if (!id || id !== underway) return;
    if (why !== "invalid") { clearTimeout(resend); resend = setTimeout(flush, 1500); return; }
    const message = shown.get(id);
    const left = address();
    settle(id);
    asking = false;
    if (message) message.failed = true;
    if (left?.id === id) addressRefused(left.address);
    fates();
  };
  const queue = (waiting) => {
    kept.outbox = [...kept.outbox, waiting].slice(-200);
    keep();
    if (!underway) flush();
    else fates();
  };
  const write = (t, text) => {
    const waiting = { t, id: newId(), text, at: new Date().toISOString() };
    show({ ...waiting, from: "visitor", waits: true });
    queue(waiting);
  };
  const sendAgain = (message) => {
    shown.delete(message.id);
    message.element.remove();
    const file = files.get(message.id);
    if (file) upload(file);
    else write("message", message.text);
  };

  at("write").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = at("text").value.trim();
    if (!text) return;
    at("text").value = "";
    write("message", text);
    at("text").focus();
  });
  at("text").addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    at("write").requestSubmit();
  });
  let typedAt = 0;
  at("text").addEventListener("input", () => {
    if (Date.now() - typedAt < 3000 || !at("text").value) return;
    typedAt = Date.now();
    line.send({ t: "typing" });
  });
  at("person").addEventListener("click", () => {
    if (at("person").getAttribute("aria-disabled") === "true") return;
    if (!at("foot").hidden) { write("person", say("want_person")); return; }
    // There is no chat yet: it begins with this.
    wantsPerson = true;
    begin(filledIn());
  });

  // Files: each is a message of its own, and kept by the frame until the desk has it.
  const LARGEST = 10 * 1024 * 1024;
  /** The desk gives a file a minute; one on a dead line must not hold up the others for longer. */
  const UPLOAD = 70_000;
  const unsent = unsentFiles(`resolute:${setting.channel}`);
  const files = new Map();
  const underWay = new Set();
  at("attach").addEventListener("click", () => at("file").click());
  at("file").addEventListener("change", () => {
    for (const file of at("file").files) upload({ id: newId(), file });
    at("file").value = "";
  });
  at("text").addEventListener("paste", (event) => {
    const [file] = event.clipboardData?.files ?? [];
    if (!file) return;
    event.preventDefault();
    upload({ id: newId(), file });
  });
  const showFile = ({ id, file, failed }) => {
    const picture = /^image\/(png|jpeg|gif|webp)$/.test(file.type);
    const url = picture ? URL.createObjectURL(file) : "#";
    show({ id, from: "visitor", text: "", waits: !failed, failed, files: [{ name: file.name, type: file.type, url }] });
  };
  // One after the other: the desk takes no second one before.
  let uploads = Promise.resolve();
  const upload = (one) => {
    Object.assign(one, { visitor: one.visitor || kept.visitor, failed: null });
    files.set(one.id, one);
    underWay.add(one.id);
    if (one.visitor && one.file.size <= LARGEST) unsent.keep(one);
    showFile(one);
    fates();
    uploads = uploads.then(() => carry(one)).catch(() => {});
  };
  const carry = async (one) => {
    const fits = one.file.size <= LARGEST;
    let failed = fits ? null : say("too_large");
    let mayWorkLater = fits;
    if (fits && files.get(one.id) === one) {
      try {
        const address = `${base}/files?${new URLSearchParams({ id: one.id, name: one.file.name })}`;
        const answer = await fetch(address, { method: "POST", headers: { authorization: `Bearer ${kept.token}` }, body: one.file, signal: AbortSignal.timeout(UPLOAD) });
        mayWorkLater = answer.status !== 422;
        if (!answer.ok) failed = answer.status === 429 ? say("too_fast") : mayWorkLater ? true : say("too_large");
      } catch { failed = true; }
    }
    underWay.delete(one.id);
    // The line may have brought it meanwhile, or somebody else is here.
    if (files.get(one.id) !== one) return;
    one.failed = failed;
    if (failed && mayWorkLater && one.visitor) unsent.keep(one);
    else unsent.drop(one.id);
    if (!failed) files.delete(one.id);
    const message = shown.get(one.id);
    message.failed = failed;
    message.waits = false;
    message.element.classList.remove("waits");
    fates();
  };
  const forgetFile = (id) => { if (files.delete(id)) unsent.drop(id); };
  /** Those of an earlier page: what failed can be tried again, what was on its way goes on once the line stands. */
  const findFiles = async () => {
    const { visitor } = kept;
    for (const one of await unsent.read()) {
      if (kept.visitor !== visitor) return;
      const owner = heirs.get(one.visitor) ?? one.visitor;
      if (shown.get(one.id)?.seq) unsent.drop(one.id);
      else if (owner !== visitor) {
        if (owner !== kept.aside?.visitor) unsent.drop(one.id);
      } else if (!files.has(one.id)) {
        if (one.visitor !== owner) unsent.keep(Object.assign(one, { visitor: owner }));
        files.set(one.id, one);
        showFile(one);
      }
    }
    fates();
    if (line.isJoined()) sendFiles();
  };
  const sendFiles = () => { for (const one of files.values()) if (!one.failed && !underWay.has(one.id)) upload(one); };
  /** To the next visitor of this page. Without one, what a customer chose stays with the frame for them. */
  const heirs = new Map();
  const handOverFiles = (heir) => {
    if (heir) heirs.set(kept.visitor, heir);
    else files.clear();
    for (const one of files.values()) unsent.keep(Object.assign(one, { visitor: heir }));
  };

  // An address for answers: it waits for the line as a message does.
  const address = () => kept.outbox.find((waiting) => waiting.t === "email");
  const addressRefused = (written) => {
    at("email-form").hidden = false;
    at("email").value = written;
    at("email-error").hidden = false;
    at("email-error").textContent = say("bad_email");
    at("email").setAttribute("aria-invalid", "true");
    if (document.activeElement !== at("text") || !at("text").value) at("email").focus();
  };
  const addressKept = (left) => {
    if (!state) return;
    state.has_email = true;
    if (state.mail) at("wait").textContent = say("email_kept", { email: left.address });
  };
  at("email-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const written = at("email").value.trim();
    if (!written.includes("@")) { addressRefused(written); return; }
    at("email-error").hidden = true;
    at("email").removeAttribute("aria-invalid");
    at("email-form").hidden = true;
    at("text").focus();
    queue({ t: "email", id: newId(), address: written });
  });

  // The keyboard: Esc closes. Tab leaves the chat as it came; where it covers the page, the loader takes the page out of reach.
  at("close").addEventListener("click", () => tell("close"));
  const focusFirst = () => {
    if (!isOpen) return;
    (at("foot").hidden ? at("before").querySelector("input") : at("text"))?.focus();
  };
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && !event.isComposing) tell("close"); });

  tell("ready", setting.language);
}
