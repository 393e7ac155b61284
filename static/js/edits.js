// The version of a draft that a person types is kept in this tab, through a reload, until it is sent or given up. Esc sets
// it aside: it comes back with the next edit.
{
  let shown = null;
  let isSetAside = false;

  const field = () => document.getElementById("draft-body");
  const place = (text) => `${text.form.id} ${document.body.dataset.me}`;

  const bringBack = () => {
    const text = field();
    if (text === shown) return;
    shown = text;
    const typed = text && sessionStorage.getItem(place(text));
    if (typed) text.value = typed;
  };

  document.addEventListener("input", (event) => {
    if (event.target === field()) sessionStorage.setItem(place(event.target), event.target.value);
  });
  document.addEventListener("click", (event) => {
    const text = field();
    if (!text) return;
    if (event.target.closest?.("[data-leaves-edit]")) sessionStorage.removeItem(place(text));
    if (event.target.closest?.("[data-sets-aside]")) isSetAside = sessionStorage.getItem(place(text)) !== null;
  }, true);
  document.addEventListener("htmx:before:swap", (event) => {
    const { ctx } = event.detail;
    const from = ctx.sourceElement;
    const taken = ctx.response?.status < 400 && ctx.text?.includes('id="rail"');
    if (from?.matches?.(".draft-edit") && taken) sessionStorage.removeItem(place(from.querySelector("textarea")));
  });
  document.addEventListener("htmx:after:swap", () => {
    bringBack();
    if (isSetAside) window.desk?.say("", "Your words are kept in this tab.", "They come back when you edit this draft again.");
    isSetAside = false;
  });
  bringBack();
}
