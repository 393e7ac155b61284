// How close a text comes to the brand's voice, as the server says it of what it has kept, below the field.
document.addEventListener("desk:scored", ({ target, detail }) => {
  const line = target.form?.querySelector("[data-voice]");
  if (!line) return;
  line.textContent = detail;
  line.hidden = detail === "";
});
