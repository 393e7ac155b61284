// What was said earlier comes above what is read; htmx puts it there, and here it is joined.
{
  // Its last day may be the one that stood on top until now.
  const joinDays = () => {
    const seen = new Set();
    for (const day of document.querySelectorAll("#timeline > .day")) {
      if (seen.has(day.id)) day.remove();
      else seen.add(day.id);
    }
  };

  // What stood on top stands where it stood: what is above it, and its day, go.
  let kept = null;
  const scroller = () => document.getElementById("timeline").parentElement;

  document.addEventListener("htmx:before:swap", (event) => {
    if (event.detail.ctx?.target?.id !== "earlier") return;
    const first = document.querySelector("#timeline > .message");
    kept = first && { first, top: first.getBoundingClientRect().top };
    scroller().style.overflowAnchor = "none";
  });
  document.addEventListener("htmx:after:swap", (event) => {
    if (event.detail.ctx?.target?.id !== "earlier") return;
    joinDays();
    if (kept) scroller().scrollTop += kept.first.getBoundingClientRect().top - kept.top;
    requestAnimationFrame(() => scroller().style.removeProperty("overflow-anchor"));
    // Where nothing is before it any more, whoever came by key goes on in the timeline.
    if (document.activeElement === document.body) document.getElementById("timeline")?.parentElement.focus({ preventScroll: true });
  });
}
