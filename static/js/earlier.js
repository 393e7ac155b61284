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

  document.addEventListener("htmx:after:swap", (event) => {
    if (event.detail.ctx?.target?.id !== "earlier") return;
    joinDays();
    // Where nothing is before it any more, whoever came by key goes on in the timeline.
    if (document.activeElement === document.body) document.getElementById("timeline")?.parentElement.focus({ preventScroll: true });
  });
}
