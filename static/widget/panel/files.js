// Files that a visitor chooses: each is a message of its own, kept by the frame until the desk has it. As words do, it waits for
// the line, and what waited goes in the order in which it was written. `shown` holds what is shown, by id; `show` shows a
// message, `changed` is called when its fate is another one, `went` when words that are behind a file may go.
const chosenFiles = ({ line, kept, shown, show, changed, went }) => {
  const LARGEST = 10 * 1024 * 1024;
  /** The desk gives a file a minute; one on a dead line must not hold up the others for longer. */
  const UPLOAD = 70_000;
  /** How often one is tried while the line stands, and how long after the first time; then each time twice as long. */
  const TRIES = 5;
  const PAUSE = 2_000;
  /** Why the desk does not take a file; whatever else it says may pass. */
  const CAUSES = { 408: "too_slow", 413: "too_large", 415: "wrong_kind", 422: "wrong_kind", 429: "too_fast" };
  const PASSING = ["failed", "too_fast"];
  const unsent = unsentFiles(`resolute:${setting.channel}`);
  const files = new Map();
  const underWay = new Set();
  /** What no desk would take is not sent. */
  const unfit = ({ size }) => (size > LARGEST ? "too_large" : size === 0 ? "empty" : null);
  const draw = ({ id, file, failed, at }) => {
    const picture = /^image\/(png|jpeg|gif|webp)$/.test(file.type);
    const url = picture ? URL.createObjectURL(file) : "#";
    show({ id, at, from: "visitor", text: "", waits: !failed, failed, files: [{ name: file.name, type: file.type, url }] });
  };
  const upload = (one) => {
    Object.assign(one, { visitor: one.visitor || kept().visitor, failed: unfit(one.file), tries: 0, waited: !line.isJoined() });
    if (!one.failed) {
      files.set(one.id, one);
      if (one.visitor) unsent.keep(one);
    }
    draw(one);
    changed();
    send();
  };
  // Words wait for a file that has waited for the line, until it was tried once; and for what an earlier page left, but not
  // for long. A file waits for the words before it.
  const READS = 3_000;
  let isRead = false;
  const read = () => { isRead = true; went(); };
  const holds = (words) => !isRead || [...files.values()].some((one) => one.waited && !one.failed && one.at < words.at);
  const isBehind = (one) => kept().outbox.some((words) => words.at < one.at);
  setTimeout(read, READS);
  // One after the other: the desk takes no second one before.
  let uploads = Promise.resolve();
  const send = () => {
    if (!line.isJoined()) return;
    for (const one of files.values()) {
      if (one.failed || underWay.has(one.id)) continue;
      underWay.add(one.id);
      uploads = uploads.then(() => carry(one)).finally(() => underWay.delete(one.id)).catch(() => {});
    }
  };
  /** Why the desk has not got one; nothing where it has. */
  const post = async (one) => {
    try {
      const address = `${base}/files?${new URLSearchParams({ id: one.id, name: one.file.name })}`;
      const answer = await fetch(address, { method: "POST", headers: { authorization: `Bearer ${kept().token}` }, body: one.file, signal: AbortSignal.timeout(UPLOAD) });
      return answer.ok ? null : CAUSES[answer.status] ?? "failed";
    } catch { return "failed"; }
  };
  const carry = async (one) => {
    const isWanted = () => files.get(one.id) === one;
    if (!isWanted() || !line.isJoined() || isBehind(one)) return;
    const failed = await post(one);
    one.waited = Boolean(failed) && !line.isJoined();
    went();
    // The line may have brought it meanwhile, or somebody else is here.
    if (!isWanted()) return;
    if (PASSING.includes(failed)) {
      // Where the line is away, it goes once more when that is back.
      if (line.isJoined()) one.tries += 1;
      if (one.tries < TRIES) {
        setTimeout(send, PAUSE * 2 ** one.tries);
        changed();
        return;
      }
    }
    one.failed = failed;
    const canGoAgain = failed && mayHelp(failed);
    if (canGoAgain && one.visitor) unsent.keep(one);
    else unsent.drop(one.id);
    if (!canGoAgain) files.delete(one.id);
    const message = shown.get(one.id);
    message.failed = failed;
    message.waits = false;
    message.element.classList.remove("waits");
    changed();
  };
  const forget = (id) => {
    if (!files.delete(id)) return;
    unsent.drop(id);
    went();
  };
  /** Those of an earlier page: what failed can be tried again, what was on its way or waited goes on once the line stands. */
  const find = () => look().finally(read);
  const look = async () => {
    const { visitor } = kept();
    for (const one of await unsent.read()) {
      if (kept().visitor !== visitor) return;
      const owner = heirs.get(one.visitor) ?? one.visitor;
      if (shown.get(one.id)?.seq) unsent.drop(one.id);
      else if (owner !== visitor) {
        if (owner !== kept().aside?.visitor) unsent.drop(one.id);
      } else if (!files.has(one.id)) {
        if (one.visitor !== owner) unsent.keep(Object.assign(one, { visitor: owner }));
        // An earlier version kept the words, or that there are none.
        if (one.failed && !setting.words[one.failed]) one.failed = "failed";
        Object.assign(one, { tries: 0, waited: true });
        files.set(one.id, one);
        draw(one);
      }
    }
    changed();
    send();
  };
  /** To the next visitor of this page. Without one, what a customer chose stays with the frame for them. */
  const heirs = new Map();
  const handOver = (heir) => {
    if (heir) heirs.set(kept().visitor, heir);
    else files.clear();
    for (const one of files.values()) unsent.keep(Object.assign(one, { visitor: heir }));
  };

  at("attach").addEventListener("click", () => at("file").click());
  at("file").addEventListener("change", () => {
    for (const file of at("file").files) upload({ id: newId(), file, at: new Date().toISOString() });
    at("file").value = "";
  });
  at("text").addEventListener("paste", (event) => {
    const [file] = event.clipboardData?.files ?? [];
    if (!file) return;
    event.preventDefault();
    upload({ id: newId(), file, at: new Date().toISOString() });
  });

  return {
    find,
    send,
    forget,
    holds,
    handOver,
    /** One that failed goes once more; `false` where it is no file. */
    again: (id) => {
      const file = files.get(id);
      if (file) upload(file);
      return Boolean(file);
    },
    show: () => { for (const one of files.values()) draw(one); },
    clear: () => { files.clear(); unsent.clear(); },
  };
};
