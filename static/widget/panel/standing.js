// Who answers and how long it takes, in words.
const standing = (() => {
  const COMMA = setting.language === "ar" ? "، " : ", ";

  const whenBack = (at) => new Intl.DateTimeFormat(document.documentElement.lang, { weekday: "long", hour: "2-digit", minute: "2-digit" }).format(new Date(at));

  const span = (minutes) => {
    const unit = minutes < 60 ? "minute" : "hour";
    const count = unit === "hour" ? minutes / 60 : minutes;
    return new Intl.NumberFormat(setting.language, { style: "unit", unit, unitDisplay: "long" }).format(count);
  };

  /** Who answers and how long it takes: head and foot say the same. And whether the answer may have to go by mail. */
  return (now) => {
    // Outside of the hours a page that is open at the desk promises nothing to whom nobody there has written.
    const away = now.people === 0 || (Boolean(now.back) && !(now.has_it && now.name));
    const withPerson = now.with === "person";
    const byAgent = !withPerson && now.agent === "alone";
    const back = now.back ? { when: whenBack(now.back) } : null;
    if (away && byAgent) return { who: back ? say("agent_until", back) : say("agent_alone"), wait: say("person_later"), byMail: false };
    if (away) {
      // Nothing promises a mail where none can go.
      const gone = say(!now.mail ? "wait_here" : now.has_email ? "wait_away" : "wait_away_unknown");
      const told = back ? `${gone}. ${say("back", back)}` : gone;
      // A full stop only behind a letter or a figure: others end a sentence already, in whatever script.
      const own = setting.away.trim().replace(/[\p{L}\p{N})]$/u, "$&.");
      return { who: say("away"), wait: own ? `${isolated(own)} ${told[0].toUpperCase()}${told.slice(1)}` : told, byMail: now.mail };
    }
    const usual = now.usual ? say("usual", { span: span(now.usual) }) : "";
    const ahead = now.ahead > 0 ? say("ahead", { n: now.ahead }) : say("ahead_none");
    // Whoever has answered comes back to it: nobody else is ahead.
    if (now.waits && now.has_it && now.name) return { who: say("has_chat", { name: now.name }), wait: usual, byMail: now.mail };
    if (now.waits) return { who: say("people_answer"), wait: [say("asked_person"), ahead, usual].filter(Boolean).join(COMMA), byMail: now.mail };
    if (withPerson) return { who: now.name ? say("has_chat", { name: now.name }) : say("person_here"), wait: "", byMail: now.mail };
    // Where a person reads first, whoever does not want to wait can go.
    return { who: say(byAgent ? "agent_answers" : "people_answer"), wait: usual, byMail: now.mail && !byAgent };
  };
})();
