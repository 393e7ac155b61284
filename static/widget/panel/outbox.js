// What goes: one after the other, each until the desk has it. Meanwhile it is kept on the shop's page, as `kept` gives it;
// `changed` is called when something else is under way, `done` with what the desk has; `isBehind` tells whether something
// else goes before one.
const deskOutbox = ({ line, kept, keep, gone, changed, done, isBehind }) => {
  /** So much waits at most. */
  const MOST = 200;
  let underway = null;
  let resend = null;
  const flush = () => {
    clearTimeout(resend);
    underway = null;
    const [next] = kept().outbox;
    changed();
    if (!next || !line.isJoined() || isBehind(next)) return;
    underway = next.id;
    line.send({ t: next.t, id: next.id, text: next.text, address: next.address });
    // An answer that got lost: the desk knows the message by its id.
    resend = setTimeout(flush, 10_000);
  };
  const settle = (id) => {
    const settled = kept().outbox.find((message) => message.id === id);
    if (!settled) return;
    kept().outbox = kept().outbox.filter((message) => message !== settled);
    gone.add(id);
    done(settled);
    keep();
    if (underway === id) flush();
  };
  /** Whether one that was not taken is given up; else it goes once more in a moment. */
  const givesUp = ({ id, why }) => {
    if (!id || id !== underway) return false;
    if (why === "invalid") return true;
    clearTimeout(resend);
    resend = setTimeout(flush, 1500);
    return false;
  };
  const add = (waiting) => {
    kept().outbox = [...kept().outbox, waiting];
    keep();
    if (!underway) flush();
    else changed();
  };

  /** What was behind something else may go now. */
  const goOn = () => { if (!underway) flush(); };

  return { add, flush, goOn, settle, givesUp, isFull: () => kept().outbox.length >= MOST };
};
