// Live pages. The feed says what changed; the page asks for the fragment and puts it in place.
// Nothing that is read or typed moves: rows change in place, new ones only count up, the draft waits for the focus. What has
// left a conversation leaves its page.
{
  const TIMELINE = new Set(["message_received", "message_queued", "delivery_changed", "note_added", "handed_off", "taken_over",
    "assigned", "snoozed", "marked_spam", "merged", "merge_undone", "contacts_merged", "contacts_parted", "route_chosen", "order_news", "parcel_news", "matter_noted", "matter_dropped", "customer_erased", "split", "change_undone", "resolved", "reopened", "tagged", "action_performed", "action_failed", "order_matched",
    "participant_joined", "approval_decided", "address_left", "overdue", "action_approved", "file_fetched", "message_changed", "also_known_as", "customer_named", "identity_checked", "resolution_judged"]);
  const DRAFT = new Set(["run_started", "matter_dropped", "draft_ready", "approval_decided", "handed_off", "taken_over", "message_queued", "message_received", "run_ended", "order_matched", "merged", "merge_undone", "split", "route_chosen", "taken_back"]);
  const CONTEXT = new Set(["address_left", "participant_joined", "order_matched", "contacts_merged", "contacts_parted", "order_read", "parcel_news", "action_performed", "action_failed", "draft_ready", "customer_named", "merged", "merge_undone", "split"]);
  // What a reply must not name goes by where it leaves and by what was said there.
  const UNTOLD = new Set(["message_received", "message_changed", "route_chosen"]);
  const PARTED = "Messages left this conversation while you typed. Look at what stands here now; your text is kept.";
  const REPLIED = "A reply was sent while you typed. Yours is kept.";
  // What is said to whom it happened while they wrote a reply.
  const OVERTAKES = { message_queued: REPLIED, merge_undone: PARTED, split: PARTED };
  const ENTRY = "> :is([id^=message-], [id^=note-], [id^=event-], [id^=day-])";
  const ENTRIES = `:scope ${ENTRY}`;
  const fresh = new Set();
  // How often the page was drawn anew.
  let swaps = 0;
  const due = new Map();

  // What a list shows; the address of another page says something else.
  const query = () => (/^\/(inbox|conversations)(\/|$)/.test(location.pathname) ? location.search : "");
  const openNumber = () => Number(document.querySelector("#conversation[data-number]")?.dataset.number);

  const fetchFragment = async (address) => {
    const answer = await fetch(address, { headers: { "HX-Request": "true", "HX-Request-Type": "partial" } });
    if (!answer.ok || answer.redirected) return null;
    const template = document.createElement("template");
    template.innerHTML = await answer.text();
    return template.content;
  };

  const ready = (element) => window.htmx?.process(element);

  const replace = (old, next) => {
    if (old.isEqualNode(next)) return;
    // An open menu or a field with the focus is in use.
    if (old.contains(document.activeElement) && document.activeElement !== old && !document.activeElement.matches("details[open] > summary")) return;
    if (old.querySelector(":scope > details[open]")) {
      replaceAround(old, next);
      return;
    }
    old.replaceWith(next);
    ready(next);
  };

  // A list that is open is drawn anew below its summary, which may have the focus.
  const renewOpened = (opened, twin) => {
    const [summary, next] = [opened, twin].map((one) => one.querySelector(":scope > summary"));
    summary.replaceChildren(...next.childNodes);
    for (const child of [...opened.childNodes]) if (child !== summary) child.remove();
    opened.append(...[...twin.childNodes].filter((child) => child !== next));
  };

  // What a person has opened stays open, and the frame in it is not loaded again: only what stands around it changes.
  const replaceAround = (old, next) => {
    const twins = new Map();
    for (const opened of old.querySelectorAll(":scope > details[open]")) {
      const twin = [...next.children].find((child) => child.matches("details") && child.className === opened.className);
      if (!twin) continue;
      twins.set(twin, opened);
      if ("anew" in twin.dataset) renewOpened(opened, twin);
    }
    const stay = [...twins.values()];
    for (const child of [...old.childNodes]) if (!stay.includes(child)) child.remove();
    old.className = next.className;
    let before = old.firstChild;
    for (const child of [...next.childNodes]) {
      if (twins.has(child)) before = twins.get(child).nextSibling;
      else old.insertBefore(child, before);
    }
    ready(old);
  };

  const BELL = "#rail .rail-apps a[href='/notifications'] .count";
  // How much news there is stands before the title: a tab that nobody looks at shows it.
  const titleMark = () => {
    const unread = document.querySelector(BELL)?.textContent;
    return unread ? `(${unread}) ` : "";
  };

  const refreshRail = async () => {
    const rail = (await fetchFragment(`/rail${query()}`))?.getElementById("rail");
    if (!rail) return;
    const before = titleMark();
    // Only the numbers change.
    for (const link of rail.querySelectorAll("li > a")) {
      const count = link.querySelector(".count")?.textContent;
      for (const shown of document.querySelectorAll(`#rail li > a[href="${CSS.escape(link.getAttribute("href"))}"] .count`)) {
        if (count !== undefined && shown.textContent !== count) shown.textContent = count;
      }
    }
    const listed = document.querySelector("[data-list-count]");
    const current = rail.querySelector(".rail-views [aria-current] .count")?.textContent;
    if (listed && current && listed.textContent !== current) listed.textContent = current;
    const now = titleMark();
    if (now !== before) document.title = now + (document.title.startsWith(before) ? document.title.slice(before.length) : document.title);
  };

  const refreshRow = async (number, isNew) => {
    if (!document.getElementById("rows")) return;
    const row = document.getElementById(`row-${number}`);
    if (!row) {
      if (isNew) countUp(number);
      return;
    }
    const next = (await fetchFragment(`/inbox/row/${number}${query()}`))?.firstElementChild;
    if (!next) return;
    if (row.querySelector("[aria-current]")) next.querySelector("a")?.setAttribute("aria-current", "true");
    const focused = row.contains(document.activeElement);
    const [tick, ticked] = [next.querySelector(".pick"), row.querySelector(".pick:checked")];
    if (tick && ticked) window.desk.stayTicked(tick, ticked.value);
    row.replaceWith(next);
    ready(next);
    if (focused) next.querySelector("a")?.focus({ preventScroll: true });
  };

  const countUp = (number) => {
    const link = document.getElementById("fresh");
    if (!link) return;
    fresh.add(number);
    link.hidden = false;
    link.href = document.querySelector("#rail .rail-views [aria-current]")?.getAttribute("href") ?? "/inbox";
    link.querySelector("[data-fresh]").textContent = `${fresh.size} new, show them`;
  };

  // One after the other: what an older answer does not tell yet has not left.
  let drawing = Promise.resolve(false);
  const refreshTimeline = (number) => {
    drawing = drawing.catch(() => false).then(() => drawTimeline(number));
    return drawing;
  };

  // What is not told any more went elsewhere. How far back a page goes is for its reader to say: of a long conversation the
  // newest part is told, and what the page has before it stays.
  const isWhole = (entries) => entries.getElementById("earlier") === null;
  const takeAway = (timeline, entries) => {
    const there = [...timeline.querySelectorAll(ENTRIES)];
    const isTold = (entry) => entries.getElementById(entry.id) !== null;
    const first = isWhole(entries) ? 0 : there.findIndex((entry) => !entry.matches(".day") && isTold(entry));
    if (first < 0) return;
    const gone = there.slice(first).filter((entry) => !isTold(entry));
    // Whoever stands in what left goes on in the timeline.
    const isAt = gone.some((entry) => entry.contains(document.activeElement));
    for (const entry of gone) entry.remove();
    if (isAt) timeline.parentElement.focus({ preventScroll: true });
  };

  // The way further back stays, unless the page begins where that which is told does: then it leads on from there, or is gone.
  const renewEarlier = (timeline, entries) => {
    const [old, next] = [document, entries].map((part) => part.getElementById("earlier"));
    if (!old) return;
    const first = [...timeline.querySelectorAll(ENTRIES)].find((entry) => !entry.matches(".day"));
    if (next && (!first || !entries.getElementById(first.id))) return;
    if (next?.textContent === old.textContent && next.getAttribute("href") === old.getAttribute("href")) return;
    const isAt = old === document.activeElement;
    if (next) old.replaceWith(next);
    else old.remove();
    if (next) ready(next);
    if (isAt) (next ?? timeline.parentElement).focus({ preventScroll: true });
  };

  const drawTimeline = async (number) => {
    const before = swaps;
    const entries = await fetchFragment(`/conversations/${number}/timeline${query()}`);
    const [timeline, draft] = [document.getElementById("timeline"), document.getElementById("draft")];
    if (!entries || !timeline || !draft || openNumber() !== number) return false;
    // The page was drawn anew meanwhile, and may know more.
    if (swaps !== before) return drawTimeline(number);
    takeAway(timeline, entries);
    renewEarlier(timeline, entries);
    // What comes late stands behind what it was written behind; what comes back on top, before what is there.
    const first = [...entries.children].map(({ id }) => document.getElementById(id)).find((there) => there?.matches(`#timeline ${ENTRY}`));
    let above = null;
    for (const entry of [...entries.children]) {
      // How far back a page goes is for its reader to say.
      if (!entry.id || entry.id === "earlier") continue;
      const old = document.getElementById(entry.id);
      if (old) replace(old, entry);
      else {
        if (above) above.after(entry);
        else (first ?? draft).before(entry);
        ready(entry);
      }
      above = document.getElementById(entry.id) ?? above;
    }
    return true;
  };

  // A head that is in use says how the case stands at once; what can be done about it changes when its reader is done.
  let headWaits = false;
  // As it came last.
  let headDrawn = "";
  const headIsInUse = (head) => head.contains(document.activeElement) || Boolean(head.querySelector(":popover-open"))
    || Boolean(document.querySelector("dialog[open]"));
  const refreshHead = async (number) => {
    const before = swaps;
    const next = (await fetchFragment(`/conversations/${number}/head${query()}`))?.getElementById("head");
    const old = document.getElementById("head");
    if (!next || !old || openNumber() !== number) return;
    if (swaps !== before) return refreshHead(number);
    // Only as much is ended as its reader has seen.
    const seen = old.querySelector("[name=shown]")?.value;
    for (const field of seen ? next.querySelectorAll("[name=shown]") : []) field.setAttribute("value", seen);
    if (next.outerHTML === headDrawn) return;
    headWaits = headIsInUse(old);
    headDrawn = headWaits ? "" : next.outerHTML;
    const [from, to] = headWaits ? [old, next].map((head) => head.querySelector(".head-words")) : [old, next];
    from.replaceWith(to);
    ready(to);
  };
  const headIsLeft = (event) => {
    // From one place in it to the next nobody leaves it.
    if (event.relatedTarget && event.target.closest("#head")?.contains(event.relatedTarget)) return;
    if (headWaits && event.target.closest?.("#head, dialog")) setTimeout(() => { if (headWaits) refreshHead(openNumber()); });
  };
  document.addEventListener("focusout", headIsLeft);
  document.addEventListener("toggle", headIsLeft, true);
  document.addEventListener("close", headIsLeft, true);

  // The composer goes where the case is answered now, and shows who reads it there. What was typed is kept first: the desk says
  // what of it does not fit.
  const refreshComposer = async (number) => {
    const { channel, readers } = document.querySelector("#head .head-words")?.dataset ?? {};
    const composer = document.getElementById("composer");
    if (!channel || !composer) return;
    if (composer.querySelector("input[name=channel]").value === channel && composer.dataset.readers === readers) return;
    const before = swaps;
    await window.desk.keepAll();
    const fragment = await fetchFragment(`/conversations/${number}/composer${query()}`);
    if (!fragment || openNumber() !== number) return;
    if (swaps !== before) return refreshComposer(number);
    if (window.desk.goAlong(fragment)) ready(document.getElementById("composer"));
  };

  const refreshDraft = async (number) => {
    const next = (await fetchFragment(`/conversations/${number}/draft${query()}`))?.firstElementChild;
    const old = document.getElementById("draft");
    if (!next || !old || openNumber() !== number || old.isEqualNode(next)) return;
    const inUse = old.contains(document.activeElement) || old.classList.contains("editing") || old.querySelector(":popover-open");
    if (!inUse) {
      old.replaceWith(next);
      ready(next);
    } else if (next.dataset.approval !== old.dataset.approval && !old.querySelector(".newer")) {
      old.prepend(newerNotice());
    }
  };

  const newerNotice = () => {
    const notice = document.createElement("div");
    notice.className = "notice warn newer";
    notice.role = "status";
    const words = document.createElement("p");
    words.textContent = "A newer draft is ready.";
    const link = document.createElement("a");
    link.className = "button";
    link.href = location.pathname + location.search;
    link.textContent = "Show it";
    notice.append(words, link);
    return notice;
  };

  const refreshContext = async (number, only = null) => {
    const next = (await fetchFragment(`/conversations/${number}/context${query()}`))?.getElementById("context");
    const panel = document.getElementById("context");
    if (!next || !panel || openNumber() !== number) return;
    const sections = [...next.querySelectorAll(":scope > section[id]")];
    const isMeant = (section) => only === null || section.id === only;
    // What no longer applies goes: the question which order it is, once the order is matched.
    for (const old of panel.querySelectorAll(":scope > section[id]")) {
      if (isMeant(old) && !sections.some((section) => section.id === old.id)) old.remove();
    }
    let above = null;
    for (const section of sections) {
      const old = panel.querySelector(`#${CSS.escape(section.id)}`);
      if (isMeant(section)) {
        if (old) replace(old, section);
        else if (above) above.after(section);
        else panel.prepend(section);
        if (!old) ready(section);
      }
      above = document.getElementById(section.id) ?? above;
    }
  };

  // The replies of which it is said that they were sent meanwhile.
  const sentMeanwhile = new Set();
  const warnWriter = (change) => {
    const composer = document.getElementById("composer");
    const told = OVERTAKES[change.kind];
    if (!told || change.teammate === document.body.dataset.me || !window.desk?.isWriting?.() || !composer) return;
    const there = composer.querySelector(".overtaken > p");
    if (!there?.textContent.includes(REPLIED)) sentMeanwhile.clear();
    if (told === REPLIED) sentMeanwhile.add(change.message);
    if (there) {
      if (!there.textContent.includes(told)) there.textContent += ` ${told}`;
      return;
    }
    const notice = document.createElement("div");
    notice.className = "notice warn overtaken";
    notice.role = "status";
    const words = document.createElement("p");
    words.textContent = told;
    notice.append(words);
    composer.prepend(notice);
  };

  // Once none of those replies leaves, nothing was sent meanwhile.
  const unwarnWriter = (change) => {
    if (change.delivery !== "cancelled" || !sentMeanwhile.delete(change.message) || sentMeanwhile.size > 0) return;
    const words = document.querySelector("#composer .overtaken > p");
    if (!words) return;
    words.textContent = words.textContent.replace(REPLIED, "").trim();
    if (!words.textContent) words.parentElement.remove();
  };

  // The queue grows and shrinks around the case that somebody is reading: only where that stands changes.
  let queueTimer = null;
  const queueSoon = () => { queueTimer ??= setTimeout(() => { queueTimer = null; refreshQueue(); }, 1500); };
  const refreshQueue = async () => {
    const id = document.querySelector(".queue #draft")?.dataset.approval;
    const next = id && await fetchFragment(`/approvals/${id}`);
    // A case that was decided elsewhere stays until its reader goes on.
    if (!next || next.getElementById("draft")?.dataset.approval !== id) return;
    for (const part of ["queue-place", "coming"]) {
      const [old, drawn] = [document.getElementById(part), next.getElementById(part)];
      if (old && drawn) replace(old, drawn);
    }
  };

  // Several changes of one conversation within a moment are one look.
  const soon = (number, change) => {
    const waiting = due.get(number) ?? { kinds: new Set(), isNew: false };
    waiting.kinds.add(change.kind);
    // What a reply made void may wait again.
    if (change.delivery === "cancelled") waiting.kinds.add("taken_back");
    waiting.isNew ||= change.kind === "message_received";
    if (!due.has(number)) setTimeout(() => look(number), 200);
    due.set(number, waiting);
  };

  const look = async (number) => {
    const { kinds, isNew } = due.get(number);
    due.delete(number);
    const any = (set) => [...kinds].some((kind) => set.has(kind));
    const row = refreshRow(number, isNew);
    if (any(DRAFT)) queueSoon();
    if (openNumber() !== number) return;
    if (any(TIMELINE)) {
      const drawn = await refreshTimeline(number);
      if (drawn && isNew) document.dispatchEvent(new CustomEvent("desk:came"));
      await row;
      if (drawn) document.dispatchEvent(new CustomEvent("desk:shown", { detail: number }));
    }
    if (any(TIMELINE) || any(DRAFT)) {
      await refreshHead(number);
      await refreshComposer(number);
    }
    if (any(DRAFT)) await refreshDraft(number);
    if (any(CONTEXT)) await refreshContext(number);
    else if (any(UNTOLD)) await refreshContext(number, "untold");
  };

  // The desk has noted that somebody looks at it.
  document.addEventListener("desk:seen", (event) => {
    if (document.querySelector(`#row-${event.detail} .unread`)) refreshRow(event.detail, false);
  });

  let railTimer = null;
  const railSoon = () => { railTimer ??= setTimeout(() => { railTimer = null; refreshRail(); }, 1500); };
  document.addEventListener("desk:read", () => { if (document.querySelector(BELL)?.textContent) railSoon(); });

  // Bars of long work: each names the address that draws it anew.
  let progressTimer = null;
  const progressSoon = () => { progressTimer ??= setTimeout(() => { progressTimer = null; refreshProgress(); }, 300); };
  const refreshProgress = async () => {
    for (const old of document.querySelectorAll("[data-progress]")) {
      const next = (await fetchFragment(old.dataset.progress))?.firstElementChild;
      if (next) replace(old, next);
    }
  };

  // What needs an admin comes, and goes once it is mended; so does it that the agent is stopped.
  let alarmTimer = null;
  const alarmsSoon = () => { alarmTimer ??= setTimeout(() => { alarmTimer = null; refreshAlarms(); }, 300); };
  const refreshAlarms = async () => {
    const open = openNumber();
    const fragment = await fetchFragment(open ? `/alarms?conversation=${open}` : "/alarms");
    const [old, next] = [document.getElementById("alarms"), fragment?.getElementById("alarms")];
    if (old && next) redrawAlarms(old, next);
  };
  // What was unfolded of them stays so, and whoever stands there stays, at the next one where theirs was mended.
  const redrawAlarms = (old, next) => {
    const [was, is] = [old, next].map((alarms) => alarms.querySelector("details"));
    if (was && is) is.open = was.open;
    if (old.isEqualNode(next)) return;
    const at = old.contains(document.activeElement) ? document.activeElement : null;
    old.replaceWith(next);
    ready(next);
    if (!at) return;
    const near = [...next.querySelectorAll("a, summary")].filter((place) => place.checkVisibility());
    const same = near.find((place) => place.getAttribute("href") === at.getAttribute("href"));
    const stop = same ?? near[0];
    if (stop) stop.focus({ preventScroll: true });
    else window.desk.toMain();
  };

  // A line that is away is said when it stays away; when it is back, the feed tells what was missed.
  const PATIENCE = 3_000;
  const LONGEST_WAIT = 30_000;
  let cursor = document.body.dataset.cursor;
  let patience = null;
  let wait = 1_000;
  let feed = null;
  // A browser has six connections to a desk, for all its pages together: a page that nobody looks at gives its line back, and takes it
  // up where it was when somebody does. Meanwhile it asks now and then what has come, for the count before its title.
  const RESTS = 5_000;
  const ASKS = 60_000;
  const isHidden = () => document.visibilityState === "hidden";
  let isResting = isHidden();
  let resting = null;
  // Whether something may have come while it rested.
  let isLate = isResting;
  // What the line says while it stands.
  let calm = "";

  const say = (words) => {
    const line = document.getElementById("lost");
    if (line && line.textContent !== words) line.textContent = words;
  };
  // While the line is away, notes and what became of replies may be missing without a number that would tell.
  window.desk = { ...window.desk, isCurrent: () => patience === null && !isLate };
  const away = () => { patience ??= setTimeout(() => say("No connection; what you see may be old."), PATIENCE); };
  const back = () => {
    clearTimeout(patience);
    patience = null;
    wait = 1_000;
    const wasLate = isLate;
    isLate = false;
    say(calm);
    document.dispatchEvent(new CustomEvent("desk:back"));
    if (wasLate) document.dispatchEvent(new CustomEvent("desk:current"));
  };

  // The desk was restored: it knows nothing of what is newer on this page, which is drawn anew. The texts that are kept as
  // they are typed are brought over first; where others are typed, it is for their writer to reload.
  const isTyped = (field) => !field.closest("[data-keeps]") && field.value !== field.defaultValue;
  const TYPED = "textarea, input:not([type=hidden], [type=checkbox], [type=radio], [type=file])";
  const drawAnew = async () => {
    if ([...document.querySelectorAll(TYPED)].some(isTyped)) {
      calm = "The desk was restored; what you see may be old. Reload the page when you have put aside what you typed.";
      return say(calm);
    }
    await window.desk.keepAll();
    location.reload();
  };

  /** The browser has given the line up: it is opened anew, unless nobody is signed in any more. */
  const listenAgain = async () => {
    const answer = await fetch("/rail", { headers: { "HX-Request": "true" } }).catch(() => null);
    if (!answer?.redirected) { listen(); return; }
    clearTimeout(patience);
    say("You are signed out; what you see may be old. Reload the page to sign in.");
  };

  const hear = (more) => {
    feed?.close();
    const open = openNumber();
    feed = new EventSource(`/live?cursor=${encodeURIComponent(cursor)}${open ? `&open=${open}` : ""}${more}`);
    feed.addEventListener("anew", (event) => {
      cursor = event.lastEventId;
      drawAnew();
    });
    feed.addEventListener("typing", (event) => {
      if (openNumber() === Number(event.data)) document.dispatchEvent(new CustomEvent("desk:typing"));
    });
    feed.addEventListener("presence", (event) => {
      document.dispatchEvent(new CustomEvent("desk:presence", { detail: JSON.parse(event.data) }));
    });
    feed.addEventListener("desk", (event) => {
      const change = JSON.parse(event.data);
      cursor = event.lastEventId || cursor;
      railSoon();
      if (change.kind === "work_progressed") progressSoon();
      if (change.kind === "channel_changed" || change.kind === "brake_changed") alarmsSoon();
      if (!change.conversation) return;
      if (openNumber() === change.conversation) {
        warnWriter(change);
        unwarnWriter(change);
      }
      soon(change.conversation, change);
    });
    return feed;
  };

  const listen = () => {
    if (!cursor || !window.EventSource || isResting) return;
    const line = hear("");
    line.addEventListener("open", back);
    line.addEventListener("error", () => {
      away();
      if (line.readyState !== EventSource.CLOSED) return;
      setTimeout(listenAgain, wait);
      wait = Math.min(LONGEST_WAIT, wait * 2);
    });
  };

  const rest = () => {
    isResting = true;
    isLate = true;
    feed?.close();
    clearTimeout(patience);
    patience = null;
  };
  const glance = () => {
    if (!cursor || !window.EventSource || !isResting) return;
    const line = hear("&once=true");
    // The desk ends it when all is told.
    line.addEventListener("error", () => line.close());
  };
  document.addEventListener("visibilitychange", () => {
    clearTimeout(resting);
    if (isHidden()) resting = setTimeout(rest, RESTS);
    else if (isResting) {
      isResting = false;
      listen();
    }
  });
  setInterval(glance, ASKS);

  document.addEventListener("htmx:after:swap", (event) => {
    swaps += 1;
    headWaits = false;
    headDrawn = "";
    const target = event.detail.ctx?.target;
    if (!target || target.id === "main" || !document.getElementById("rows")) fresh.clear();
  });
  listen();
}
