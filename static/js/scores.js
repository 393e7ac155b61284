// How close a text comes to the brand's voice, and what nothing in its case says, as the server says it of what it has kept,
// below the field.
document.addEventListener("desk:scored", ({ target, detail }) => {
  for (const [what, words] of Object.entries(detail)) {
    const line = target.form?.querySelector(`[data-${what}]`);
    if (!line) continue;
    line.textContent = words;
    line.hidden = words === "";
  }
});
