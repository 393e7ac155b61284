// The browser knows where its clock stands: forms that ask are filled, and another zone than the saved one is offered.
{
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

  const fill = () => {
    for (const field of document.querySelectorAll("input[name='browser_zone']")) field.value = zone;
    const offer = document.querySelector("form[data-zone-offer]");
    const known = [...document.querySelectorAll("#time_zone option")].some((option) => option.value === zone);
    if (!offer || !known || offer.dataset.zoneOffer === zone) return;
    offer.querySelector("[data-zone]").textContent = zone.replaceAll("_", " ");
    offer.elements.time_zone.value = zone;
    offer.hidden = false;
  };

  if (zone) {
    document.addEventListener("htmx:after:swap", fill);
    fill();
  }
}
