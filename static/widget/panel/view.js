// What of the messages is in view. Whoever is at the end stays with what comes, and whoever reads further up is not moved: a
// button leads on. `unseen` gives the messages that nobody has looked at, in order; `moved` is told when one came into view
// or left it.
const messagesInView = ({ unseen, moved }) => {
  /** So much of a message has to be there, and so near the end is at it. */
  const HEAD = 24;
  /** What stands above the message that one is led to. */
  const GAP = 8;
  const scroll = at("scroll");
  const log = at("log");
  const inView = new WeakMap();
  let follows = true;
  let top = 0;
  /** The message that came last, until its end was there. */
  let newest = null;

  const isAtEnd = () => scroll.scrollHeight - scroll.clientHeight - scroll.scrollTop < HEAD;
  const offer = () => {
    if (isAtEnd() && !newest?.matches(".comes")) newest = null;
    const leadsOn = Boolean(newest?.isConnected) && !isAtEnd();
    if (!leadsOn && document.activeElement === at("news")) scroll.focus();
    at("news").hidden = !leadsOn;
  };
  /** To the end, but past the beginning of no message of `stops` that is still ahead. */
  const go = (stops) => {
    const edge = scroll.getBoundingClientRect().top + GAP;
    const ways = stops.map((element) => element.getBoundingClientRect().top - edge).filter((way) => way > -1);
    scroll.scrollTop += Math.min(scroll.scrollHeight, ...ways);
    top = scroll.scrollTop;
    follows = isAtEnd();
    offer();
  };
  const fresh = () => {
    const elements = unseen().map(({ element }) => element);
    newest = elements.at(-1) ?? newest;
    return elements;
  };
  const settle = () => {
    const stops = fresh();
    if (follows) go(newest ? [...stops, newest] : stops);
    else offer();
  };

  const sizes = new ResizeObserver(settle);
  sizes.observe(scroll);
  sizes.observe(log);
  const eyes = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) inView.set(target, isIntersecting);
    moved();
  }, { root: scroll, rootMargin: `0px 0px -${HEAD}px` });
  scroll.addEventListener("scroll", () => {
    // Nobody leaves the end by going down: something came meanwhile.
    follows = isAtEnd() || (follows && scroll.scrollTop >= top);
    top = scroll.scrollTop;
    offer();
  }, { passive: true });
  at("news").addEventListener("click", () => go(fresh()));

  return {
    /** A message of somebody else is there. */
    put: ({ element }) => { eyes.observe(element); fresh(); },
    /** One's own is at the end, wherever one was. */
    toEnd: () => go([]),
    /** From the first message that nobody has looked at, or at the end. */
    open: () => { scroll.scrollTop = 0; go(fresh()); },
    /** Nothing is known yet of what was just put in. */
    isIn: ({ element }) => inView.get(element),
  };
};
