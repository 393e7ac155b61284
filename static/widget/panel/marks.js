// What was looked at. The desk is told until it says that it has it: what it does not know of goes by mail. The next page goes
// on with what this one did not get through. `theirs` gives what others said behind a number, in order.
const readMarks = ({ line, kept, keep, theirs }) => {
  /** So many the desk takes at once, and how long its word about them is waited for. */
  const MOST = 100;
  const PATIENCE = 10_000;
  let underway = null;
  let resend = null;
  const forget = () => {
    clearTimeout(resend);
    underway = null;
  };
  const send = () => {
    forget();
    const { read, looked } = kept();
    const fresh = theirs(read).filter(({ seq }) => seq <= looked).slice(0, MOST);
    if (!fresh.length || !line.isJoined()) return;
    underway = { id: newId(), seq: fresh.at(-1).seq };
    line.send({ t: "read", id: underway.id, ids: fresh.map(({ id }) => id) });
    resend = setTimeout(send, PATIENCE);
  };
  const last = () => Math.max(kept().read, kept().looked);

  return {
    send,
    forget,
    /** What nobody has looked at yet. */
    fresh: () => theirs(last()),
    /** The same as something to begin at. A browser that knows of no mark begins at the newest: all of it may be long read. */
    unseen: () => theirs(last()).slice(last() ? 0 : -1),
    /** What is in view is being looked at, and with it what stands before it. */
    look: (isIn) => {
      const newest = theirs(last()).filter(isIn).at(-1);
      if (newest) {
        kept().looked = newest.seq;
        keep();
      }
      if (!underway) send();
    },
    arrived: (id) => {
      if (id !== underway?.id) return;
      kept().read = underway.seq;
      keep();
      send();
    },
    /** The desk starts anew. Where it has gone back to an earlier day its numbers come once more, and what was looked at is
        known by its id among `shown`. */
    anew: ({ seq, messages }, shown) => {
      if (last() <= seq) return;
      forget();
      const known = messages.filter(({ id }) => shown.get(id)?.seq <= last());
      kept().read = kept().looked = Math.max(0, ...known.map((message) => message.seq));
      keep(true);
    },
  };
};
