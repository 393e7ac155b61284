// The version of a draft that a person types is kept in this tab, through a reload, until it is sent or left as it was.
{
  let shown = null;

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
    if (event.target.closest?.("[data-leaves-edit]") && field()) sessionStorage.removeItem(place(field()));
  }, true);
  document.addEventListener("htmx:before:swap", (event) => {
    const { ctx } = event.detail;
    const from = ctx.sourceElement;
    const taken = ctx.response?.status < 400 && ctx.text?.includes('id="rail"');
    if (from?.matches?.(".draft-edit") && taken) sessionStorage.removeItem(place(from.querySelector("textarea")));
  });
  document.addEventListener("htmx:after:swap", bringBack);
  bringBack();
}
