// Says which conversation this page shows, and shows who else is there.
{
  const AGAIN = 20_000;
  let shown = null;

  const open = () => Number(document.querySelector("#conversation[data-number]")?.dataset.number) || null;
  const token = () => document.querySelector("#composer [name=csrf]")?.value;

  const say = (number, gone) => {
    const csrf = token();
    if (!csrf || !number) return;
    const body = new URLSearchParams(gone ? { csrf, gone: "1" } : { csrf });
    fetch(`/conversations/${number}/presence`, { method: "POST", body, keepalive: true }).catch(() => {});
  };

  const look = () => {
    const number = document.visibilityState === "visible" && !document.querySelector(".desk.list-first") ? open() : null;
    if (shown && shown !== number) say(shown, true);
    shown = number;
    if (number) say(number, false);
  };

  document.addEventListener("desk:presence", (event) => {
    const line = document.getElementById("presence");
    if (line && event.detail.conversation === open()) line.textContent = event.detail.words;
  });
  document.addEventListener("visibilitychange", look);
  document.addEventListener("htmx:after:swap", () => { if (open() !== shown) look(); });
  window.addEventListener("pagehide", () => { if (shown) say(shown, true); });
  setInterval(look, AGAIN);
  look();
}
