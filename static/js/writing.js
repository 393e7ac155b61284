// What is typed into a field with `data-keeps` is kept on the server, for this person alone, and comes back on every
// device. `data-revision` says what the field goes on from: what another device has made of it since is never overwritten
// unseen, and nothing that was typed here is lost for it. What the server does not have stays in this tab, through a reload.
{
  const PAUSE = 700;
  const AGAIN = 5_000;
  const AT_ONCE = 5;
  // What a browser goes on sending once its page is left: 64 kB of all that is under way, as it is encoded.
  const OUTLIVES = 60_000;
  // So long a form waits for a save that is under way.
  const WAITS = 3_000;
  const GIVES_WAY = "gives-way-";
  const timers = new Map();
  const known = new WeakMap();
  const turns = new WeakMap();
  // The last texts whose answer has not come: where the server has one of them, it came from here.
  const sent = new WeakMap();
  // Forms that wait for a save, and the one that goes on now.
  const waiting = new WeakSet();
  let passes = null;
  // What was sent from a field that is gone, and the texts whose answer had not come: none of them is begun anew.
  const gone = new Map();
  // When a text was kept last, and when the server was asked for what comes.
  const keptAt = new WeakMap();
  const askedAt = new WeakMap();
  // What another device wrote, until somebody has chosen, and where they are asked.
  const others = new WeakMap();
  const asked = new WeakMap();

  const fields = () => [...document.querySelectorAll("textarea[data-keeps]")];
  const isNote = (text) => "isNote" in text.dataset;
  // The buttons below a reply are kept with it, and stay or give way with it.
  const choicesOf = (text) => (isNote(text) ? null : text.form?.querySelector(".composer-choices"));
  const sentFrom = (text) => sent.get(text) ?? [];
  const noteSent = (text) => sent.set(text, [...sentFrom(text), text.value].slice(-AT_ONCE));

  // One record a conversation, with what this tab holds of its reply and of its note; a version of a draft is a reply.
  const place = (text) => `${text.dataset.keeps} ${document.body.dataset.me}`;
  const kind = (text) => (isNote(text) ? "note" : "reply");
  const name = (text) => `${text.dataset.keeps} ${kind(text)}`;
  // Where the tab has no room, or may keep nothing, the page goes on without, and says so.
  const tried = (work) => {
    try {
      return work();
    } catch {
      return null;
    }
  };
  const heldOf = (text) => tried(() => JSON.parse(sessionStorage.getItem(place(text)))) ?? {};
  const hold = (text, part) => {
    const held = { ...heldOf(text), [kind(text)]: part };
    const isAny = Boolean(held.reply || held.note);
    return tried(() => {
      if (isAny) sessionStorage.setItem(place(text), JSON.stringify(held));
      else sessionStorage.removeItem(place(text));
      return true;
    }) ?? false;
  };
  const forget = (text) => hold(text, null);
  const remember = (text) => hold(text, { body: text.value, revision: text.dataset.revision, sent: sentFrom(text) });

  const say = (text, words) => {
    if (text.hidden) return;
    const kept = text.form?.querySelector("[data-kept]");
    if (kept) kept.textContent = words;
  };

  // The form around it may show which of its texts it is, or more of it.
  const tell = (text, what, detail = null) => text.dispatchEvent(new CustomEvent(what, { bubbles: true, detail }));

  // All that was typed here was on the server before it was asked for a page.
  const wasKept = (text, since) =>
    !timers.has(text) && !turns.has(text) && !others.has(text) && !heldOf(text)[kind(text)] && (keptAt.get(text) ?? 0) < since;

  // The revision that a page which is to be shown draws this field with; nothing where it does not draw it.
  const drawnIn = (page, text) => page?.match(new RegExp(`id="${text.id}"[^>]* data-revision="(\\d*)"`))?.[1];

  const stop = (text) => {
    clearTimeout(timers.get(text));
    timers.delete(text);
  };

  const keepSoon = (text, pause = PAUSE) => {
    stop(text);
    timers.set(text, setTimeout(() => { timers.delete(text); if (text.isConnected) keep(text); }, pause));
  };

  // One after the other: each goes on from what the one before was answered.
  const keep = (text) => {
    stop(text);
    const csrf = text.form.elements.csrf.value;
    const turn = (turns.get(text) ?? Promise.resolve()).then(() => save(text, csrf));
    turns.set(text, turn);
    const ended = () => { if (turns.get(text) === turn) turns.delete(text); };
    turn.then(ended, ended);
    return turn;
  };

  const save = async (text, csrf) => {
    if ("done" in text.dataset) return;
    if (others.has(text)) return remember(text);
    const body = text.value;
    const form = new URLSearchParams({ csrf, revision: text.dataset.revision, body });
    if (isNote(text)) form.set("note", "1");
    else if (text.form.elements.macro) {
      form.set("macro", text.form.elements.macro.value);
      form.set("steps", [...text.form.querySelectorAll("[name=step]:checked")].map((step) => step.value).join());
    }
    const below = choicesOf(text);
    if (below) form.set("choices", below.querySelector("textarea").value);
    const reads = isNote(text) ? null : text.form?.querySelector("input[name=audience][data-chosen]");
    if (reads) form.set("audience", reads.value);
    noteSent(text);
    let again = true;
    let words = ["kept in this tab only", "not kept yet"];
    try {
      const answer = await fetch(text.dataset.keeps, { method: "POST", body: form, keepalive: String(form).length < OUTLIVES });
      if (answer.status === 409) return await compare(text, await answer.json(), csrf);
      // Whoever is signed out is shown where to sign in; nothing was kept then.
      if (answer.ok && !answer.redirected) return stored(text, await answer.json());
      again = answer.status !== 410;
    } catch {
      words = ["no connection, kept in this tab", "no connection, not kept yet"];
    }
    if ("done" in text.dataset) return;
    say(text, remember(text) ? words[0] : words[1]);
    if (again && text.isConnected && !timers.has(text)) keepSoon(text, AGAIN);
  };

  const stored = (text, { revision, objections, voice, doubts }) => {
    text.dataset.revision = revision;
    if (objections) tell(text, "desk:checked", objections);
    if (voice !== undefined) tell(text, "desk:scored", { voice, doubts });
    keptAt.set(text, performance.now());
    sent.delete(text);
    forget(text);
    say(text, "kept");
  };

  // The server has another text than this field goes on from.
  const compare = async (text, there, csrf) => {
    if ("done" in text.dataset) return;
    if (sentFrom(text).includes(there.body)) {
      text.dataset.revision = there.revision;
      sent.delete(text);
      await save(text, csrf);
      return;
    }
    remember(text);
    if (text.isConnected) ask(text, there);
  };

  const short = (body) => (body.length > 120 ? `${body.slice(0, 120).trimEnd()}…` : body.trim());

  const choice = (words, take) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button";
    button.textContent = words;
    button.dataset.command = "";
    button.addEventListener("click", take);
    return button;
  };

  const ask = (text, there) => {
    others.set(text, there);
    say(text, "kept in this tab only");
    asked.get(text)?.remove();
    const notice = document.createElement("div");
    notice.className = "notice warn changed";
    notice.role = "status";
    const words = document.createElement("p");
    const head = document.createElement("b");
    head.textContent = `This ${isNote(text) ? "note" : "text"} was changed on another device.`;
    const other = document.createElement("bdi");
    other.textContent = there.body.trim() ? `“${short(there.body)}”` : "nothing: it was sent or emptied.";
    words.append(head, " There it says ", other);
    const settle = (take) => () => {
      others.delete(text);
      sent.delete(text);
      text.dataset.revision = there.revision;
      notice.remove();
      take();
      tell(text, "desk:brought");
      text.focus();
    };
    const useThat = () => {
      text.value = there.body;
      forget(text);
      say(text, "kept");
    };
    const choices = document.createElement("span");
    choices.className = "line";
    choices.append(choice("Use that one", settle(useThat)), choice("Keep this one", settle(() => keep(text))));
    notice.append(words, choices);
    asked.set(text, notice);
    text.form.prepend(notice);
  };

  const bringBack = (text) => {
    if (known.get(text) === text.dataset.keeps) {
      if (others.has(text) && !asked.get(text)?.isConnected) ask(text, others.get(text));
      return;
    }
    known.set(text, text.dataset.keeps);
    if (text.form.matches("[data-inserted]") && !isNote(text)) {
      keepSoon(text);
      window.desk.goOnIn(text);
      return;
    }
    const held = heldOf(text)[kind(text)];
    if (!held) return;
    if (held.body === text.defaultValue) return forget(text);
    text.value = held.body;
    text.dataset.revision = held.revision;
    sent.set(text, held.sent);
    tell(text, "desk:brought");
    keepSoon(text);
  };

  // It is not wanted any more, here or on the server.
  const giveUp = (text) => {
    text.dataset.done = "";
    stop(text);
    forget(text);
  };

  const replyOf = (form) => fields().filter((text) => text.form === form && !isNote(text));
  document.addEventListener("input", (event) => {
    if (event.target.matches?.("textarea[data-keeps]")) keepSoon(event.target);
    else if (event.target.matches?.("[data-choices]")) replyOf(event.target.form).forEach((text) => keepSoon(text));
  });
  // What a macro does beside its text is kept with it.
  document.addEventListener("change", (event) => {
    if (event.target.matches?.("[name=step]")) replyOf(event.target.form).forEach((text) => keepSoon(text));
  });
  // Of the texts of a form the one that is shown is sent.
  const isOf = (text, form) => text.form === form && !text.disabled;
  // The form says what its text goes on from, so that only that is gone once it is sent.
  const carry = (text) => {
    const field = text.form.elements[isNote(text) ? "note_revision" : "text_revision"];
    const other = text.form.elements[isNote(text) ? "text_revision" : "note_revision"];
    if (other) other.disabled = true;
    if (!field) return;
    field.disabled = false;
    field.value = text.dataset.revision;
  };
  const sendAfter = async (form, submitter, turn) => {
    waiting.add(form);
    await Promise.race([turn, new Promise((done) => { setTimeout(done, WAITS); })]).catch(() => null);
    waiting.delete(form);
    if (!form.isConnected || (submitter && !submitter.isConnected)) {
      form.dispatchEvent(new CustomEvent("desk:stayed", { bubbles: true }));
      return;
    }
    passes = form;
    form.requestSubmit(submitter);
    passes = null;
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const text = fields().find((one) => isOf(one, form));
    if (!text) return;
    stop(text);
    const turn = turns.get(text);
    if (turn && passes !== form) {
      event.preventDefault();
      event.stopImmediatePropagation();
      if (!waiting.has(form)) sendAfter(form, event.submitter, turn);
      return;
    }
    carry(text);
  }, true);
  document.addEventListener("htmx:config:request", (event) => {
    const source = event.detail.ctx.sourceElement;
    askedAt.set(event.detail.ctx, performance.now());
    for (const text of fields()) {
      if (isOf(text, source)) {
        stop(text);
        noteSent(text);
      } else if (timers.has(text)) {
        // Leaving keeps the text first.
        remember(text);
        keep(text);
      }
    }
  });
  document.addEventListener("htmx:error", () => {
    for (const text of fields()) {
      delete text.dataset.done;
      if (text.value) remember(text);
    }
  });
  document.addEventListener("htmx:before:swap", (event) => {
    const { ctx } = event.detail;
    const page = ctx.response?.status < 400 ? ctx.text : null;
    for (const text of fields()) {
      if (ctx.response?.status >= 400) delete text.dataset.done;
      if (!text.hasAttribute("hx-preserve")) continue;
      // An empty field gives way to what the server kept: a reply that was taken back, a text from another device. So does
      // one with nothing of its own: a merge and its undo change what is kept, and nobody sends the text of another case.
      const drawn = drawnIn(page, text);
      const isChanged = drawn !== undefined && drawn !== text.dataset.revision;
      const mayGive = !isOf(text, ctx.sourceElement) && wasKept(text, askedAt.get(ctx));
      const below = choicesOf(text);
      const isEmpty = text.value === "" && !below?.querySelector("textarea").value;
      if (!isEmpty && !(isChanged && mayGive)) continue;
      for (const one of [text, below].filter(Boolean)) one.id = `${GIVES_WAY}${one.id}`;
    }
    const text = ctx.response && fields().find((one) => isOf(one, ctx.sourceElement));
    if (!text) return;
    if (ctx.response.status >= 400 || !ctx.text.includes('id="rail"')) return remember(text);
    // Refused: the server has kept it, and where it stays it goes on.
    if (/id="said"[^>]*>\s*<div class="notice bad/.test(ctx.text)) return keepSoon(text);
    // Sent: the preserved field must not bring it back.
    gone.set(name(text), sentFrom(text));
    giveUp(text);
    others.delete(text);
    tell(text, "desk:sent");
    text.value = "";
    text.id = "sent";
    const below = choicesOf(text);
    if (below) below.id = "sent-choices";
  });
  document.addEventListener("htmx:after:swap", () => {
    for (const text of fields()) {
      for (const one of [text, choicesOf(text)]) if (one?.id.startsWith(GIVES_WAY)) one.id = one.id.slice(GIVES_WAY.length);
      bringBack(text);
      if (!text.value || text.form.matches("[data-refused]") || !gone.get(name(text))?.includes(text.value)) continue;
      text.value = "";
      keepSoon(text, 0);
    }
    gone.clear();
  });
  document.addEventListener("desk:followed", () => fields().forEach(bringBack));
  window.addEventListener("pagehide", () => {
    for (const text of [...timers.keys()].filter((one) => one.isConnected)) {
      stop(text);
      remember(text);
      save(text, text.form.elements.csrf.value);
    }
  });
  fields().forEach(bringBack);
  const keepAll = () => Promise.all(fields().filter((text) => text.value).map(keep));
  window.desk = { ...window.desk, keep, keepAll, keepSoon, giveUp };
}
