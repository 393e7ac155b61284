// How close a text comes to the brand's voice, as the server says it of what it has kept, below the field.
{
  const show = (form, words) => {
    const line = form?.querySelector("[data-voice]");
    if (!line) return;
    line.textContent = words;
    line.hidden = words === "";
  };

  document.addEventListener("desk:scored", ({ target, detail }) => {
    show(target.form, detail ? [`Voice ${detail.value}`, ...detail.off].join(" · ") : "");
  });
  document.addEventListener("desk:sent", ({ target }) => show(target.form, ""));
  // The line stays with its field while the page is drawn anew; a field that is empty by then has nothing to be scored.
  document.addEventListener("htmx:after:swap", () => {
    const form = document.getElementById("composer");
    const text = form?.querySelector("textarea[data-keeps]:not([data-is-note])");
    if (text && !text.value.trim()) show(form, "");
  });
}
