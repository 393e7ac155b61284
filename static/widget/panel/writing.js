// The field that messages are written in. `write` gets each, `types` hears that one is being written.
const writtenWords = ({ write, types }) => {
  at("write").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = at("text").value.trim();
    if (!text) return;
    at("text").value = "";
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
    if (Date.now() - typedAt < 3000 || !at("text").value) return;
    typedAt = Date.now();
    types();
  });
};
