// Conversations in a chat: a line below the last message while the customer types.
{
  const LASTS = 6000;
  let timer = null;

  const line = () => {
    const known = document.getElementById("typing");
    if (known) return known;
    const typing = document.createElement("p");
    typing.id = "typing";
    typing.className = "event";
    typing.setAttribute("role", "status");
    document.getElementById("timeline")?.append(typing);
    return typing;
  };

  document.addEventListener("desk:typing", () => {
    line().textContent = "The customer is typing…";
    clearTimeout(timer);
    timer = setTimeout(() => document.getElementById("typing")?.remove(), LASTS);
  });
  // What they were typing is there.
  document.addEventListener("desk:came", () => {
    clearTimeout(timer);
    document.getElementById("typing")?.remove();
  });
}
