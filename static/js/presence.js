// Says which conversation somebody has before them on this page, so that the desk knows what is seen, and shows who else
// is there.
{
  const AGAIN = 20_000;
  let shown = null;

  const open = () => Number(document.querySelector("#conversation[data-number]")?.dataset.number) || null;
  // A narrow page shows either the list or the conversation.
  const isShown = () => document.getElementById("conversation")?.getClientRects().length > 0;
  const token = () => document.querySelector("#composer [name=csrf]")?.value;

  const say = (number, gone) => {
    const csrf = token();
    if (!csrf || !number) return;
    const body = new URLSearchParams(gone ? { csrf, gone: "1" } : { csrf });
    fetch(`/conversations/${number}/presence`, { method: "POST", body, keepalive: true })
      .then(() => { if (!gone) document.dispatchEvent(new CustomEvent("desk:seen", { detail: number })); })
      .catch(() => {});
  };

  // Where the line is lost, and on a page of earlier messages, what came last is not before anybody.
  const isLate = () => document.getElementById("lost")?.textContent || new URLSearchParams(location.search).has("before");

  const look = () => {
    const number = document.visibilityState === "visible" && isShown() && !isLate() ? open() : null;
    if (shown && shown !== number) say(shown, true);
    shown = number;
    if (number) say(number, false);
  };

  document.addEventListener("desk:presence", (event) => {
    const line = document.getElementById("presence");
    if (line && event.detail.conversation === open()) line.textContent = event.detail.words;
  });
  // What just came is before them too.
  document.addEventListener("desk:shown", (event) => { if (event.detail === open()) look(); });
  document.addEventListener("visibilitychange", look);
  document.addEventListener("htmx:after:swap", () => { if (open() !== shown) look(); });
  window.addEventListener("pagehide", () => { if (shown) say(shown, true); });
  setInterval(look, AGAIN);
  look();
}
