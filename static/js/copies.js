// What has to go elsewhere letter by letter is copied by the button beside it. Without script a click marks all of it.
{
  const copy = async (element) => {
    try {
      await navigator.clipboard.writeText(element.textContent);
      return true;
    } catch {
      // Not every desk is reached over a secure connection.
      getSelection().selectAllChildren(element);
      return document.execCommand("copy");
    }
  };

  const show = () => { for (const button of document.querySelectorAll("[data-copies]")) button.hidden = false; };

  document.addEventListener("click", async (event) => {
    const name = event.target.closest?.("[data-copies]")?.dataset.copies;
    const element = name && document.getElementById(name);
    if (!element) return;
    if (await copy(element)) window.desk.say("", "Copied.", "It is in the clipboard.");
    else window.desk.say("warn", "Not copied.", "The text is marked: press Ctrl-C.");
  });
  document.addEventListener("htmx:after:swap", show);
  show();
}
