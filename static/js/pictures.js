// A picture of a message opens large over the page. Esc closes it, the arrows lead to the next one of its message. Without
// script its link opens it in a tab of its own.
{
  const dialog = document.getElementById("picture");
  const part = (name) => dialog.querySelector(`[data-picture${name}]`);
  let opener = null;
  let pictures = [];
  let at = 0;

  const show = (place) => {
    at = (place + pictures.length) % pictures.length;
    const { href, name } = pictures[at];
    const image = document.createElement("img");
    image.src = href;
    image.alt = name;
    part("").replaceChildren(image);
    part("-file").href = href;
    part("-place").textContent = pictures.length > 1 ? `${at + 1} of ${pictures.length}` : "";
    part("-steps").hidden = pictures.length < 2;
    document.getElementById("picture-name").textContent = name;
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.(".message a.picture");
    if (!link || !dialog?.showModal || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    const links = [...link.closest(".pictures").querySelectorAll("a.picture")];
    opener = link.getAttribute("href");
    pictures = links.map((one) => ({ href: one.href, name: one.querySelector("img").alt }));
    show(links.indexOf(link));
    dialog.showModal();
  }, true);

  dialog?.addEventListener("click", (event) => {
    const step = event.target.closest?.("[data-step]");
    if (step) show(at + Number(step.dataset.step));
  });
  document.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step || !dialog?.open || event.ctrlKey || event.metaKey || event.altKey) return;
    // What lies over the picture has these keys for itself.
    if (event.target.closest?.("dialog:not(#picture)")) return;
    event.preventDefault();
    show(at + step);
  });
  // The message may have been drawn anew meanwhile.
  dialog?.addEventListener("close", () => {
    part("").replaceChildren();
    document.querySelector(`.message a.picture[href="${CSS.escape(opener)}"]`)?.focus();
  });
}
