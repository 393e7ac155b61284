// The line below the messages: that somebody types, and what the agent is at.
const atWork = (() => {
  /** How long each stands without news. */
  const TYPES = 6_000;
  const WORKS = 120_000;
  let timer = null;
  let what = "";

  const typing = (words, lasts = TYPES) => {
    what = "";
    clearTimeout(timer);
    at("typing").hidden = !words;
    at("typing").textContent = words;
    if (words) timer = setTimeout(() => typing(""), lasts);
  };
  /** What the agent is at; its end takes nobody's typing away. */
  const doing = (next) => {
    if (!next && !what) return;
    typing(next ? say(next) : "", WORKS);
    what = next;
  };

  return { typing, doing };
})();
