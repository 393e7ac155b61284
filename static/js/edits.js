// The version of a draft that a person types is kept in this tab, through a reload, for this session alone.
{
  let shown = null;

  const field = () => document.getElementById("draft-body");
  const place = (text) => `${text.form.id} ${text.form.elements.csrf.value}`;

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
  document.addEventListener("htmx:after:swap", bringBack);
  bringBack();
}
