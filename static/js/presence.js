// Says which conversation somebody has before them on this page, and up to which message: so the desk knows what is seen,
// and shows who else is there.
{
  const AGAIN = 20_000;
  // How often it is looked how far somebody has scrolled, and how much of a message has to be there.
  const SCROLLED = 200;
  const HEAD = 24;
  // Somebody may have the same on two pages, and close one of them.
  const PAGE = 1 + Math.floor(Math.random() * 2 ** 52);
  let shown = null;
  let told = 0;
  let scrolled = null;

  // Pages of a browser that says nothing of itself are taken for seen when they are asked for.
  document.cookie = "resolute_script=1; path=/; samesite=lax";

  const open = () => Number(document.querySelector("#conversation[data-number]")?.dataset.number) || null;
  // A narrow page shows either the list or the conversation.
  const isShown = () => document.getElementById("conversation")?.getClientRects().length > 0;
  const token = () => document.querySelector("#composer [name=csrf]")?.value;

  // The number up to which every message that is drawn has come into view; 0 where none has.
  const seen = () => {
    const timeline = document.getElementById("timeline");
    if (!timeline) return 0;
    const foot = Math.min(timeline.parentElement.getBoundingClientRect().bottom, window.innerHeight) - HEAD;
    let last = 0;
    let below = Infinity;
    for (const message of timeline.querySelectorAll(":scope > [data-seq]")) {
      const seq = Number(message.dataset.seq);
      if (message.getBoundingClientRect().top <= foot) last = Math.max(last, seq);
      else below = Math.min(below, seq);
    }
    return Math.min(last, below - 1);
  };

  const say = (number, more) => {
    const csrf = token();
    if (!csrf || !number) return null;
    const body = new URLSearchParams({ csrf, page: PAGE, ...more });
    return fetch(`/conversations/${number}/presence`, { method: "POST", body, keepalive: true }).catch(() => null);
  };

  const sayHere = async () => {
    const [number, last] = [shown, window.desk.isCurrent() ? seen() : 0];
    const answer = await say(number, last ? { seen: last } : {});
    if (!answer?.ok || !last) return;
    if (shown === number) {
      // What has come into view since the page was drawn is not ended unseen.
      for (const field of document.querySelectorAll("#conversation [name=shown]")) {
        const [drawn, merges] = field.value.split(".");
        field.value = `${Math.max(drawn, last)}.${merges}`;
      }
      // What they were told of it is read with that.
      if (last > told) document.dispatchEvent(new CustomEvent("desk:read"));
      told = Math.max(told, last);
    }
    document.dispatchEvent(new CustomEvent("desk:seen", { detail: number }));
  };

  const look = () => {
    const number = document.visibilityState === "visible" && isShown() ? open() : null;
    if (shown !== number) {
      say(shown, { gone: "1" });
      told = 0;
    }
    shown = number;
    if (number) sayHere();
  };

  document.addEventListener("desk:presence", (event) => {
    const line = document.getElementById("presence");
    if (line && event.detail.conversation === open()) line.textContent = event.detail.words;
  });
  // What just came is before them too, where it is in view.
  document.addEventListener("desk:shown", (event) => { if (event.detail === open()) look(); });
  document.addEventListener("scroll", () => {
    scrolled ??= setTimeout(() => {
      scrolled = null;
      if (shown && seen() > told) look();
    }, SCROLLED);
  }, { capture: true, passive: true });
  document.addEventListener("visibilitychange", look);
  // What is before them counts once nothing of it is missing.
  document.addEventListener("desk:current", look);
  document.addEventListener("htmx:after:swap", () => { if (open() !== shown || (shown && seen() > told)) look(); });
  window.addEventListener("pagehide", () => say(shown, { gone: "1" }));
  setInterval(look, AGAIN);
  look();
}
