// Files that a visitor chooses: each is a message of its own, and kept by the frame until the desk has it. `shown` holds what is
// shown, by id; `show` shows a message, `changed` is called when its fate is another one.
const chosenFiles = ({ line, kept, shown, show, changed }) => {
  const LARGEST = 10 * 1024 * 1024;
  /** The desk gives a file a minute; one on a dead line must not hold up the others for longer. */
  const UPLOAD = 70_000;
  const unsent = unsentFiles(`resolute:${setting.channel}`);
  const files = new Map();
  const underWay = new Set();
  const draw = ({ id, file, failed }) => {
    const picture = /^image\/(png|jpeg|gif|webp)$/.test(file.type);
    const url = picture ? URL.createObjectURL(file) : "#";
    show({ id, from: "visitor", text: "", waits: !failed, failed, files: [{ name: file.name, type: file.type, url }] });
  };
  // One after the other: the desk takes no second one before.
  let uploads = Promise.resolve();
  const upload = (one) => {
    Object.assign(one, { visitor: one.visitor || kept().visitor, failed: null });
    files.set(one.id, one);
    underWay.add(one.id);
    if (one.visitor && one.file.size <= LARGEST) unsent.keep(one);
    draw(one);
    changed();
    uploads = uploads.then(() => carry(one)).catch(() => {});
  };
  const carry = async (one) => {
    const fits = one.file.size <= LARGEST;
    let failed = fits ? null : say("too_large");
    let mayWorkLater = fits;
    if (fits && files.get(one.id) === one) {
      try {
        const address = `${base}/files?${new URLSearchParams({ id: one.id, name: one.file.name })}`;
        const answer = await fetch(address, { method: "POST", headers: { authorization: `Bearer ${kept().token}` }, body: one.file, signal: AbortSignal.timeout(UPLOAD) });
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
    changed();
  };
  const forget = (id) => { if (files.delete(id)) unsent.drop(id); };
  /** Those of an earlier page: what failed can be tried again, what was on its way goes on once the line stands. */
  const find = async () => {
    const { visitor } = kept();
    for (const one of await unsent.read()) {
      if (kept().visitor !== visitor) return;
      const owner = heirs.get(one.visitor) ?? one.visitor;
      if (shown.get(one.id)?.seq) unsent.drop(one.id);
      else if (owner !== visitor) {
        if (owner !== kept().aside?.visitor) unsent.drop(one.id);
      } else if (!files.has(one.id)) {
        if (one.visitor !== owner) unsent.keep(Object.assign(one, { visitor: owner }));
        files.set(one.id, one);
        draw(one);
      }
    }
    changed();
    if (line.isJoined()) send();
  };
  const send = () => { for (const one of files.values()) if (!one.failed && !underWay.has(one.id)) upload(one); };
  /** To the next visitor of this page. Without one, what a customer chose stays with the frame for them. */
  const heirs = new Map();
  const handOver = (heir) => {
    if (heir) heirs.set(kept().visitor, heir);
    else files.clear();
    for (const one of files.values()) unsent.keep(Object.assign(one, { visitor: heir }));
  };

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

  return {
    find,
    send,
    forget,
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
