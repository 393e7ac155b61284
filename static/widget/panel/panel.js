// The frame of the chat. What is written is kept on the shop's page until the desk has it; what was missed is asked for
// by the number of the last event.
{
  /** How often it is asked how things stand while somebody waits for a person. */
  const ASKS = 60_000;
  let kept = { token: "", outbox: [], read: 0, looked: 0 };
  let user = null;
  let isOpen = false;
  /** It opened by itself, beside a page where somebody may be at something else. */
  let calm = false;
  let state = null;
  let seq = 0;
  /** A person is wanted, and there is no session yet; one was asked for, and no state says so yet. */
  let wantsPerson = false;
  let asking = false;
  /** The line says that the session does not hold. The desk is asked for one with it, and gives the same visitor back where
      it does: a guest who lets go of theirs never finds their chat again. */
  let doubted = false;
  /** Everything shown, by id. */
  const shown = new Map();

  // The shop's page: one origin, both ways.
  const tell = (t, value) => parent.postMessage({ resolute: 1, t, value }, setting.origin);
  /** What left the outbox on this page: no other tab keeps it for longer. */
  const gone = new Set();
  /** `back`: what was read counts from an earlier number on than is kept. */
  const keep = (back = false) => tell("keep", { ...kept, gone: [...gone], back });
  addEventListener("message", (event) => {
    if (event.origin !== setting.origin || event.source !== parent || event.data?.resolute !== 1) return;
    const message = event.data;
    if (message.t === "init") {
      kept = { ...kept, ...message.kept };
      user = message.user;
      isOpen = message.open;
      calm = message.calm;
      showWaiting();
      chosen.find();
      written.find();
      begin();
    } else if (message.t === "user") {
      user = message.user;
      begin();
    } else if (message.t === "kept") {
      takeOver(message.kept);
      looked();
    } else if (message.t === "open" || message.t === "close") {
      isOpen = message.t === "open";
      calm = false;
      // A hidden frame scrolls nowhere.
      if (isOpen) { view.open(); focusFirst(); markRead(); askState(); }
      tellUnread();
    } else if (message.t === "forget") {
      line.close();
      chosen.clear();
      written.clear();
    }
  });

  // Sessions.
  /** Another person is here: nothing of the one before stays. What a stranger wrote is sent as the customer's own, but
      not to what address they wanted answers: the shop knows the customer's. */
  const change = (session) => {
    line.close();
    const outbox = kept.vouched ? [] : kept.outbox.filter((waiting) => !session.vouched || waiting.t !== "email");
    chosen.handOver(kept.vouched ? null : session.visitor);
    if (kept.vouched) written.clear();
    kept = { token: session.token, visitor: session.visitor, vouched: session.vouched, outbox, read: 0, looked: 0, aside: kept.aside };
    marks.forget();
    written.keep();
    seq = 0;
    state = null;
    asking = false;
    doubted = false;
    atWork.doing("");
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

  /** Another tab of the shop has begun a chat, and nobody vouches for who is here: they are that visitor. */
  const takeOver = ({ outbox = [], ...session }) => {
    if (user || kept.vouched || !session.token || session.visitor === kept.visitor) return;
    change(session);
    kept = { ...kept, ...session, outbox: [...outbox, ...kept.outbox] };
    showWaiting();
    starting = null;
    keep();
    begin();
  };

  const sayGuest = (is) => {
    at("guest").hidden = !is;
    at("guest").textContent = is ? say("guest") : "";
  };

  const begin = (form) => {
    const isKnown = kept.token && (kept.vouched || !setting.sign_in);
    if (user || doubted) start(form);
    else if (isKnown) ready();
    else if (setting.sign_in) refuse(say("no_entry"));
    else if (!form && setting.pre_chat.length) ask();
    else start(form);
  };

  /** Before a guest begins, the page says whether another tab has meanwhile; one with an older script says nothing. */
  let looked = () => {};
  const look = () => new Promise((resolve) => {
    looked = resolve;
    tell("look");
    setTimeout(resolve, 500);
  });

  let starting = null;
  const start = (form) => {
    if (starting) return;
    const asked = user;
    const first = user || kept.token ? Promise.resolve() : look();
    const mine = first.then(() => (starting === mine ? askForSession(form) : null)).finally(() => {
      if (starting !== mine) return;
      starting = null;
      // The page named somebody else meanwhile.
      if (user && user !== asked) begin();
    });
    starting = mine;
  };

  const askForSession = async (form) => {
    const { token } = kept;
    let answer;
    try {
      answer = await fetch(`${base}/sessions`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ origin: setting.origin, token, identity: user, form }),
      });
    } catch {
      line.later(() => begin(form));
      return;
    }
    // What another tab had begun was taken over meanwhile.
    if (kept.token !== token) return;
    if (answer.status === 201) {
      const session = await answer.json();
      if (kept.visitor && kept.visitor !== session.visitor) change(session);
      doubted = false;
      kept = { ...kept, ...session };
      if (session.vouched) { takeUp(kept.aside); sayGuest(false); }
      keep();
      ready();
    } else if (answer.status === 422) {
      const { fields } = await answer.json();
      // The desk does not take the session, and begins another once it knows what it asks first.
      if (doubted) { doubted = false; kept.token = ""; keep(); line.close(); }
      // Whoever was asked nothing yet has answered nothing wrong.
      if (fields) ask(form ? fields : []);
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
    chosen.find();
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
    link.dir = "ltr";
    at("wait").append(`${say("person_mail")} `, link);
    if (wantsPerson) link.focus();
  };

  /** The questions before the chat. */
  const ask = (wrong = []) => {
    questions.draw(wrong);
    at("scroll").hidden = true;
    at("foot").hidden = true;
    if (setting.state) stand(setting.state);
    if (wantsPerson) at("wait").textContent = say("person_first");
    if (wrong.length) at("before").elements[wrong[0]]?.focus();
    else focusFirst();
  };

  at("before").addEventListener("submit", (event) => {
    event.preventDefault();
    begin(questions.filledIn());
  });

  const line = deskLine({
    session: () => kept.token,
    last: () => seq,
    take: (frame) => take(frame),
    broke: () => { atWork.doing(""); fates(); },
    over: () => { doubted = true; begin(); },
    offline: (is) => {
      at("line").hidden = !is;
      at("line").textContent = is ? say("offline") : "";
    },
  });
  addEventListener("online", () => line.retry());
  document.addEventListener("visibilitychange", () => { if (!document.hidden) { line.retry(); markRead(); askState(); } });

  // The queue moves, and people come and go, without an event of this chat.
  const askState = () => line.send({ t: "state" });
  setInterval(() => { if (isOpen && !document.hidden && state?.waits) askState(); }, ASKS);

  // What comes.
  const take = (frame) => {
    if (frame.seq) seq = Math.max(seq, frame.seq);
    switch (frame.t) {
      case "resync":
        seq = frame.seq;
        marks.anew(frame, shown);
        for (const [id, message] of shown) if (!message.waits && !message.failed) { message.element.remove(); shown.delete(id); }
        for (const message of frame.messages) show(message);
        tidy();
        break;
      case "message": {
        const isNews = !shown.has(frame.id);
        show(frame);
        if (frame.from === "visitor") askForAddress();
        else {
          atWork.doing("");
          atWork.typing("");
          if (frame.from === "person") { askState(); if (state) sayWho(); }
          tell("event", { name: "message", detail: { from: frame.from } });
        }
        tidy();
        if (frame.from === "agent" && isNews && isOpen && line.isJoined()) drawn.reveal(shown.get(frame.id).element);
        if (frame.from === "visitor" && state?.with === "person") askState();
        break;
      }
      case "joined":
        line.joined();
        asking = false;
        stand(frame.state);
        marks.send();
        outbox.flush();
        chosen.send();
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
        atWork.typing(say("writing_name", { name: frame.name }));
        break;
      case "doing":
        atWork.doing(frame.what);
        break;
      case "seen":
        if (state) state.seen = frame.seq;
        fates();
        break;
    }
  };

  /** The name of the person who answered last. */
  const answerer = () => {
    const answers = [...shown.values()].filter((message) => message.from === "person").sort((a, b) => a.seq - b.seq);
    return answers.at(-1)?.name;
  };

  /** Who answers, by name, where a person who has the chat has written; and how long it takes. */
  const sayWho = () => {
    const { who, wait } = standing({ ...state, name: answerer() });
    if (at("who").textContent !== who) at("who").textContent = who;
    if (state && at("wait").textContent !== wait) at("wait").textContent = wait;
  };

  const stand = (next) => {
    state = next;
    sayWho();
    askForAddress();
    atWork.doing(state.doing);
    fates();
  };

  const askForAddress = () => address.ask([...shown.values()].some((message) => message.from === "visitor"));

  // What is shown.
  const drawn = drawnMessages({
    choose: (words) => { write("message", words); at("scroll").focus(); },
    again: (message) => sendAgain(message),
  });
  const show = (message) => {
    const known = shown.get(message.id);
    if (known) known.element.remove();
    const next = { ...known, failed: null, ...message, waits: Boolean(message.waits) };
    next.element = drawn.draw(next);
    shown.set(message.id, next);
    place(next);
    if (next.waits || next.failed) view.toEnd();
    else if (next.from !== "visitor") view.put(next);
    if (message.from === "visitor" && !next.waits && !next.failed) { outbox.settle(message.id); chosen.forget(message.id); }
  };

  /** The messages that wait to be sent. */
  const showWaiting = () => {
    for (const waiting of kept.outbox) if (waiting.t !== "email") show({ ...waiting, from: "visitor", waits: true });
    chosen.show();
  };

  /** In the order of the desk; what it has not got yet stands last, as it was written. */
  const place = (message) => {
    const order = (one) => (one.seq ? one.seq : Infinity);
    const isBefore = (a, b) => order(a) < order(b) || (order(a) === order(b) && a.at < b.at);
    const after = [...shown.values()].filter((one) => one !== message && isBefore(message, one)).sort((a, b) => (isBefore(a, b) ? -1 : 1))[0];
    at("log").insertBefore(message.element, after?.element ?? null);
  };

  /** The word below the last message of the visitor, and below each that waits or failed; and that of an address. */
  const fates = () => {
    const onTheWay = line.isJoined() ? say("sending") : say("waits");
    const mine = [...shown.values()].filter((message) => message.from === "visitor");
    const last = mine.filter((message) => message.seq).sort((a, b) => a.seq - b.seq).at(-1);
    for (const message of mine) {
      const arrived = message === last ? say(state && state.seen >= message.seq ? "seen" : "sent") : "";
      drawn.fate(message, message.waits ? onTheWay : arrived);
    }
    // Only what was asked last can still be answered with a tap.
    for (const box of at("log").querySelectorAll(".choices")) box.hidden = box.parentElement !== at("log").lastElementChild;
    address.show(onTheWay);
    offerPerson();
  };

  /** The way to a person is there until one has the chat. Once one was asked for, it says so, until a person has answered. */
  const offerPerson = () => {
    const withPerson = state?.with === "person";
    const asked = asking || Boolean(withPerson && state.waits && !(state.has_it && answerer()));
    const has = withPerson && !asked;
    if (has && document.activeElement === at("person")) at("text").focus();
    at("person").hidden = has;
    const words = say(asked ? "person_asked" : "person");
    if (at("person").textContent !== words) at("person").textContent = words;
    at("person").setAttribute("aria-disabled", String(asked || kept.outbox.some((waiting) => waiting.t === "person")));
  };

  const marks = readMarks({
    line,
    kept: () => kept,
    keep,
    theirs: (behind) => [...shown.values()].filter((one) => one.from !== "visitor" && one.seq > behind).sort((a, b) => a.seq - b.seq),
  });
  const isWatched = () => isOpen && !document.hidden;
  /** Whoever has the chat before them sees what is in view; what just came is about to be. */
  const tellUnread = () => tell("unread", marks.fresh().filter((one) => !isWatched() || view.isIn(one) === false).length);
  const markRead = () => { if (isWatched()) marks.look(view.isIn); };
  const view = messagesInView({ unseen: marks.unseen, moved: () => { markRead(); tellUnread(); } });
  const tidy = () => { fates(); markRead(); tellUnread(); };

  // What goes.
  const outbox = deskOutbox({
    line,
    kept: () => kept,
    keep,
    gone,
    changed: () => fates(),
    done: (settled) => { if (settled.t === "person") asking = true; chosen.send(); },
    isBehind: (waiting) => chosen.holds(waiting),
  });
  const address = answerAddress({ outbox, kept: () => kept, state: () => state });
  const arrived = (id) => {
    marks.arrived(id);
    const message = shown.get(id);
    if (message) { message.waits = false; message.element.classList.remove("waits"); }
    const left = address.waiting();
    outbox.settle(id);
    if (asking) askState();
    if (left?.id === id) address.taken(left);
    fates();
  };
  const refused = (frame) => {
    if (!outbox.givesUp(frame)) return;
    const { id } = frame;
    const message = shown.get(id);
    const left = address.waiting();
    outbox.settle(id);
    asking = false;
    if (message) message.failed = "failed";
    if (left?.id === id) address.refused(left.address);
    fates();
  };
  const write = (t, text) => {
    const waiting = { t, id: newId(), text, at: new Date().toISOString() };
    // What there is no room for says that it is not sent, and takes nothing's place.
    const failed = outbox.isFull() ? "failed" : null;
    show({ ...waiting, from: "visitor", waits: !failed, failed });
    if (failed) fates();
    else outbox.add(waiting);
  };
  const sendAgain = (message) => {
    shown.delete(message.id);
    message.element.remove();
    if (!chosen.again(message.id)) write("message", message.text);
  };

  const written = writtenWords({ kept: () => kept, write: (text) => write("message", text), types: () => line.send({ t: "typing" }) });
  at("person").addEventListener("click", () => {
    if (at("person").getAttribute("aria-disabled") === "true") return;
    if (!at("foot").hidden) { write("person", say("want_person")); return; }
    // There is no chat yet: it begins with this.
    wantsPerson = true;
    begin(questions.filledIn());
  });

  const chosen = chosenFiles({ line, kept: () => kept, shown, show: (message) => show(message), changed: () => fates(), went: () => outbox.goOn() });

  // The keyboard: Esc closes. Tab leaves the chat as it came; where it covers the page, the loader takes the page out of reach.
  at("close").addEventListener("click", () => tell("close"));
  const focusFirst = () => {
    if (!isOpen || (calm && !document.hasFocus())) return;
    (at("foot").hidden ? at("before").querySelector("input") : at("text"))?.focus();
  };
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && !event.isComposing) tell("close"); });

  tell("ready", setting.language);
}
