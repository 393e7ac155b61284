// An address for answers: it waits for the line as a message does.
const answerAddress = ({ outbox, kept, state }) => {
  const waiting = () => kept().outbox.find((one) => one.t === "email");
  const refused = (written) => {
    at("email-form").hidden = false;
    at("email").value = written;
    at("email-error").hidden = false;
    at("email-error").textContent = say("bad_email");
    at("email").setAttribute("aria-invalid", "true");
    if (document.activeElement !== at("text") || !at("text").value) at("email").focus();
  };
  const taken = (left) => {
    const now = state();
    if (!now) return;
    now.has_email = true;
    if (now.mail) at("wait").textContent = say("email_kept", { email: left.address });
  };
  at("email-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const written = at("email").value.trim();
    if (!written.includes("@")) { refused(written); return; }
    at("email-error").hidden = true;
    at("email").removeAttribute("aria-invalid");
    at("email-form").hidden = true;
    at("text").focus();
    outbox.add({ t: "email", id: newId(), address: written });
  });

  return {
    waiting,
    refused,
    taken,
    /** Asks for it only where something was written that may have to be answered by mail. */
    ask: (written) => {
      const now = state();
      at("email-form").hidden = !now || now.has_email || Boolean(waiting()) || !written || !standing(now).byMail;
    },
    /** The word about one that waits. */
    show: (onTheWay) => {
      const left = waiting();
      at("email-fate").hidden = !left;
      at("email-fate").textContent = left ? `${isolated(left.address)} · ${onTheWay}` : "";
    },
  };
};
