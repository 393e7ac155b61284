// What holds on every page: times grow older, forms say how long a card was looked at, lost connections are named.
{
  const TAKEN = "input[name='took_ms']";
  let shownAt = performance.now();
  let swappedAt = 0;

  const span = (seconds) =>
    seconds < 60 ? `${seconds} s` : seconds < 3600 ? `${Math.floor(seconds / 60)} min`
    : seconds < 172800 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86400)} d`;

  const fineSpan = (seconds) => {
    const minutes = Math.floor(seconds / 60);
    return minutes >= 60 && minutes < 2880 && minutes % 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : span(seconds);
  };

  const growOlder = () => {
    const now = Date.now();
    for (const time of document.querySelectorAll("time[data-relative]")) {
      const seconds = Math.max(0, Math.floor((now - Date.parse(time.dateTime)) / 1000));
      if (seconds < 3600) time.textContent = seconds < 3 ? "just now" : `${span(seconds)} ago`;
    }
    for (const clock of document.querySelectorAll(".clock[data-due]")) {
      const due = Date.parse(clock.dataset.due);
      const left = Math.floor((due - now) / 1000);
      const total = Math.max(1, Math.floor((due - Date.parse(clock.dataset.since)) / 1000));
      clock.classList.toggle("over", left <= 0);
      clock.classList.toggle("soon", left > 0 && left < Number(clock.dataset.soon ?? 1800));
      const dash = left <= 0 ? 6 : Math.min(100, Math.max(4, Math.floor((left * 100) / total)));
      clock.querySelector("circle + circle")?.setAttribute("stroke-dasharray", `${dash} 100`);
      const words = left <= 0 ? clock.dataset.ended ?? `${span(-left)} over`
        : (clock.dataset.before ?? "") + ("fine" in clock.dataset ? fineSpan(left) : span(left)) + (clock.dataset.after ?? "");
      if (clock.lastChild?.nodeType === Node.TEXT_NODE) clock.lastChild.nodeValue = words;
    }
  };

  const countDown = () => {
    for (const line of document.querySelectorAll("[data-leaves]")) {
      const seconds = Math.ceil((Date.parse(line.dataset.leaves) - Date.now()) / 1000);
      line.textContent = seconds > 0 ? `Leaves in ${seconds} s.` : "On its way.";
      const form = line.closest("form");
      if (seconds <= 0) form?.querySelectorAll("button, kbd").forEach((part) => part.remove());
    }
  };

  const noticeOf = (tone, head, words) => {
    const notice = document.createElement("div");
    notice.className = `notice ${tone}`;
    const text = document.createElement("p");
    const strong = document.createElement("b");
    strong.textContent = head;
    text.append(strong, ` ${words}`);
    notice.append(text);
    return notice;
  };

  const withClose = (notice) => {
    if (!notice || notice.querySelector("[data-unsays]")) return;
    const close = document.createElement("button");
    close.type = "button";
    close.className = "button quiet";
    close.textContent = "Close";
    close.dataset.command = "Close the message";
    close.dataset.unsays = "";
    notice.append(close);
  };
  // Where the focus was before it came to what was said.
  let before = null;
  document.addEventListener("focusin", ({ target }) => { if (!target.closest("#said, .notice:has([data-unsays])")) before = target; });

  /** Where whoever stood in what is gone goes on. */
  const toMain = () => [...document.querySelectorAll("#main[tabindex], #main [tabindex='0']")]
    .find((stop) => stop.checkVisibility())?.focus({ preventScroll: true });

  // Whoever closes a message goes on where they were.
  const takeAway = (notice) => {
    const isAt = notice.contains(document.activeElement);
    notice.remove();
    if (!isAt) return;
    if (before?.isConnected && before.checkVisibility()) before.focus({ preventScroll: true });
    else toMain();
  };
  document.addEventListener("click", (event) => {
    const notice = event.target.closest?.("[data-unsays]")?.closest(".notice");
    if (notice) takeAway(notice);
  });

  /** Takes away what was said; whether it would have stayed. */
  const unsay = () => {
    const notice = document.querySelector("#said > .notice");
    if (notice) takeAway(notice);
    return notice?.matches(".bad") ?? false;
  };

  const say = (tone, head, words) => {
    const said = document.getElementById("said");
    if (!said) return;
    const notice = noticeOf(tone, head, words);
    withClose(notice);
    said.replaceChildren(notice);
    setTimeout(() => takeAway(notice), 8000);
  };

  // Where a form failed that has a place for it, it is said there; that it was for the line, until that is back.
  const sayFailed = (source, tone, head, words, isLost = false) => {
    const notice = noticeOf(tone, head, words);
    notice.toggleAttribute("data-lost", isLost);
    const failed = new CustomEvent("desk:failed", { bubbles: true, cancelable: true, detail: notice });
    if (source?.isConnected && !source.dispatchEvent(failed)) return;
    say(tone, head, words);
  };

  // What was done is said for a moment; what went wrong stays until it is closed or the next page comes.
  const saidForNow = () => {
    withClose(document.querySelector("#said > .notice"));
    const notice = document.querySelector("#said > .notice:not(.bad)");
    if (notice) setTimeout(() => takeAway(notice), 8000);
  };

  // Who changes a text goes on where it ends.
  const goOnIn = (text) => {
    text.focus();
    text.setSelectionRange(text.value.length, text.value.length);
  };
  const toTheEnd = () => {
    const text = document.activeElement;
    if (text?.matches("textarea[autofocus]") && text.selectionEnd === 0) goOnIn(text);
  };
  // A browser may give the focus only after the page was shown.
  const begun = new WeakSet();
  document.addEventListener("focusin", ({ target }) => {
    if (!target.matches("textarea[autofocus]") || begun.has(target)) return;
    begun.add(target);
    toTheEnd();
  });

  // A form that says what the page shows says it anew of each page, whatever was chosen in it and never sent.
  const asDrawn = () => {
    for (const form of document.querySelectorAll("form[data-as-drawn]")) if (!form.closest(":popover-open")) form.reset();
  };

  document.addEventListener("submit", (event) => {
    event.target.closest("[popover]")?.hidePopover();
    for (const field of event.target.querySelectorAll(TAKEN)) field.value = String(Math.round(performance.now() - shownAt));
  }, true);

  document.addEventListener("htmx:before:swap", (event) => {
    const { ctx } = event.detail;
    if (!ctx.text || ctx.text.includes('id="rail"')) return;
    if (ctx.response?.status >= 400) {
      // The page stays as it is, with everything that was typed.
      event.preventDefault();
      const answer = new DOMParser().parseFromString(ctx.text, "text/html");
      const head = answer.querySelector("[data-error-head]")?.textContent ?? "Not done.";
      sayFailed(ctx.sourceElement, "bad", head, answer.querySelector("[data-error-words]")?.textContent ?? answer.body.textContent.slice(0, 400));
    } else if (/<html/i.test(ctx.text)) {
      // A page outside the desk (signed out) is a page of its own.
      event.preventDefault();
      location.assign(ctx.response?.raw?.url || location.href);
    }
  });
  document.addEventListener("htmx:after:swap", ({ detail }) => {
    // What a page fetches of itself once it is there makes no other page of it.
    if (!detail.ctx?.sourceElement?.matches("[hx-trigger=load]")) swappedAt = shownAt = performance.now();
    growOlder();
    saidForNow();
    toTheEnd();
    asDrawn();
  });
  document.addEventListener("htmx:error", (event) =>
    sayFailed(event.detail.ctx?.sourceElement, "warn", "No connection.", "You can go on writing; it is kept here. Try again when the line is back.", true));

  document.addEventListener("click", (event) => {
    const opener = event.target.closest?.("[data-opens]:not([data-opens=sheet])");
    if (!opener || !open(opener.dataset.opens)) return;
    event.preventDefault();
    event.stopPropagation();
  }, true);

  // A dialog closes the menus that are open; it is told which.
  const open = (name) => {
    const dialog = document.getElementById(name);
    if (!dialog?.showModal) return false;
    const menus = [...document.querySelectorAll(":popover-open")];
    for (const menu of menus) menu.hidePopover();
    if (!dialog.open) dialog.showModal();
    dialog.dispatchEvent(new CustomEvent("opened", { detail: menus }));
    return true;
  };

  window.desk = { ...window.desk, open, say, span, unsay, toMain, goOnIn, justSwapped: () => performance.now() - swappedAt < 150 };
  saidForNow();
  toTheEnd();
  setInterval(growOlder, 60_000);
  setInterval(countDown, 1_000);
}
