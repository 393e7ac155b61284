// Messages as they are drawn. `choose` is told the words of a button that was pressed, `again` which message is to be sent
// once more.
const drawnMessages = ({ choose, again }) => {
  const SENTENCES = /[^]+?(?:[.!?…؟]+(?=\s)|(?=\n\n)|$)/g;

  const draw = (message) => {
    const mine = message.from === "visitor";
    const element = make("div", `message${mine ? " mine" : ""}${message.waits ? " waits" : ""}`);
    const who = mine ? say("you") : message.from === "person" ? message.name : say("agent");
    const from = make("span", mine ? "only-heard" : "from", mine ? `${who}: ` : who);
    from.dir = "auto";
    element.append(from);
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

  /** An answer of the agent follows its first sentence one by one, all of it within this time. */
  const BETWEEN = 450;
  const REVEALED = 2_500;
  /** What the agent just said appears sentence by sentence. All of it is in the page at once, so it is read out once and
      whole; whoever wants nothing to move, or does not look, sees it whole too. */
  const reveal = (element) => {
    const rest = [...element.querySelectorAll(".message-text > span")].slice(1);
    if (!rest.length || document.hidden || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    const between = Math.min(BETWEEN, REVEALED / rest.length);
    element.classList.add("comes");
    rest.forEach((piece, place) => {
      piece.classList.add("only-heard");
      setTimeout(() => {
        piece.classList.remove("only-heard");
        if (piece === rest.at(-1)) element.classList.remove("comes");
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
      link.append(picture);
    } else {
      link.download = file.name;
      link.textContent = file.name;
      link.dir = "auto";
    }
    return link;
  };

  /** A day as it is written, also in English, which puts the month first where nobody says otherwise. */
  const dayOf = (moment) => new Intl.DateTimeFormat(setting.language === "en" ? "en-GB" : setting.language, { weekday: "long", day: "numeric", month: "long" }).format(new Date(moment));

  const STEPS = { packed: 1, in_transit: 2, attempt_failed: 3, available_for_pickup: 3, out_for_delivery: 3, delivered: 4 };
  const drawCard = (card) => {
    const box = make("div", "card");
    const head = make("p", "line apart");
    head.append(make("b", "", say("order", { number: card.number })));
    if (card.late) head.append(make("span", "badge warn", say("late")));
    const lines = make("p", "hush", card.lines.join(", "));
    lines.dir = "auto";
    box.append(head, lines);
    if (card.parcel) {
      const steps = make("div", "steps");
      steps.setAttribute("role", "img");
      steps.setAttribute("aria-label", say(card.parcel));
      for (let step = 0; step < 4; step += 1) steps.append(make("i", step < (STEPS[card.parcel] ?? 2) ? "" : "ahead"));
      const facts = make("p", "faint", say(card.parcel));
      if (card.promised) facts.append(` · ${say("promised", { day: dayOf(card.promised) })}`);
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
      button.addEventListener("click", () => choose(words));
      box.append(button);
    }
    return box;
  };

  /** The word below a message of the visitor. */
  const fate = (message, words) => {
    const line = message.element.querySelector(".fate");
    line.classList.toggle("bad", Boolean(message.failed));
    if (!message.failed) { line.textContent = words; return; }
    const cause = say(message.failed);
    if (!mayHelp(message.failed)) { line.textContent = cause; return; }
    // Somebody may be at the button.
    if (line.firstChild?.textContent === `${cause} · `) return;
    const button = make("button", "link", say("again"));
    button.type = "button";
    button.addEventListener("click", () => again(message));
    line.replaceChildren(`${cause} · `, button);
  };

  return { draw, reveal, fate };
};
