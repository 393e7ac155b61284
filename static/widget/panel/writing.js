// The field that messages are written in. `write` gets each, `types` hears that one is being written. What is half written is
// kept in the tab for its visitor: the next page of the shop shows it again.
const writtenWords = ({ kept, write, types }) => {
  const slot = `resolute:${setting.channel}:written`;
  const keep = () => {
    const text = at("text").value;
    try {
      if (text) sessionStorage.setItem(slot, JSON.stringify({ visitor: kept().visitor, text }));
      else sessionStorage.removeItem(slot);
    } catch { /* A browser that keeps nothing: the words last as long as the page. */ }
  };
  /** What an earlier page kept, where nobody has begun to write on this one. */
  const find = () => {
    try {
      const { visitor, text } = JSON.parse(sessionStorage.getItem(slot)) ?? {};
      if (text && visitor === kept().visitor && !at("text").value) at("text").value = text;
    } catch { /* The same. */ }
  };
  const clear = () => {
    at("text").value = "";
    keep();
  };
  at("write").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = at("text").value.trim();
    if (!text) return;
    clear();
    write(text);
    at("text").focus();
  });
  at("text").addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    at("write").requestSubmit();
  });
  let typedAt = 0;
  at("text").addEventListener("input", () => {
    keep();
    if (Date.now() - typedAt < 3000 || !at("text").value) return;
    typedAt = Date.now();
    types();
  });

  return { find, keep, clear };
};
