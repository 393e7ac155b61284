// A person's version of a draft is kept as they type (`writing.js`). Esc sets it aside: it comes back with the next edit.
// Whoever keeps the draft as it was gives it up.
{
  let isSetAside = false;

  const field = () => document.getElementById("draft-body");

  document.addEventListener("click", (event) => {
    const text = field();
    if (!text) return;
    if (event.target.closest?.("[data-leaves-edit]")) window.desk.giveUp(text);
    if (event.target.closest?.("[data-sets-aside]")) {
      isSetAside = text.dataset.revision !== "" || text.value !== text.defaultValue;
    }
  }, true);
  document.addEventListener("htmx:after:swap", () => {
    if (isSetAside) window.desk?.say("", "Your words are kept.", "They come back when you edit this draft again.");
    isSetAside = false;
  });
}
