// Sending from the composer. That it is under way is said at its button at once, and nothing is sent twice meanwhile. Where
// it fails, that stands beside the text until it is sent again, and covers nothing.
{
  const SENDS = "[data-send], [data-ends], [data-reads]";
  const form = () => document.getElementById("composer");
  // What is being sent: its form and conversation, the button that was pressed, and its request once there is one.
  let underWay = null;
  // Who is to read it, where that was chosen with the button.
  let choice = null;
  // What was said of the last one that failed, and in which conversation.
  let failed = null;
  // The request whose page is being put in place.
  let coming = null;

  const isUnderWay = (from) => underWay?.from === from && underWay.number === from.dataset.number;

  const show = () => {
    const { from, pressed, says } = underWay;
    for (const button of from.querySelectorAll(SENDS)) button.setAttribute("aria-disabled", "true");
    const words = pressed.firstChild;
    if (!words || words.nodeValue === says) return;
    underWay.words = words.nodeValue;
    words.nodeValue = says;
  };

  const end = () => {
    if (!underWay) return;
    const { from, pressed, says, words } = underWay;
    underWay = null;
    for (const button of from.querySelectorAll(SENDS)) button.removeAttribute("aria-disabled");
    if (pressed.firstChild?.nodeValue === says) pressed.firstChild.nodeValue = words;
  };

  const begin = (from, pressed) => {
    end();
    failed?.notice.remove();
    failed = null;
    const says = from.classList.contains("is-note") ? "Keeping… " : "Sending… ";
    underWay = { from, pressed, says, words: "", number: from.dataset.number, ctx: null };
    choice = pressed.matches("[data-reads]") ? pressed.value : null;
    show();
  };

  // What was chosen while sending stays so where it does not leave: the main button sends it to the same, and says so.
  const stayChosen = () => {
    const from = form();
    const pressed = choice && from.querySelector(`[data-reads][value="${choice}"]`);
    choice = null;
    if (!pressed) return;
    const [field, send, ends] = ["input[name=audience]", "[data-send]", "[data-ends]"].map((one) => from.querySelector(one));
    const [value, words] = [field.value, field.dataset.words];
    field.value = pressed.value;
    field.dataset.words = pressed.dataset.command;
    field.dataset.chosen = "";
    send.dataset.words = pressed.dataset.command;
    send.firstChild.nodeValue = `${pressed.dataset.command} `;
    pressed.value = value;
    pressed.dataset.command = words;
    pressed.firstChild.nodeValue = words;
    if (ends) ends.hidden = ends.disabled = field.value === "operator";
    const text = from.querySelector("textarea[data-keeps]:not([hidden])");
    if (text) window.desk.keepSoon(text);
  };

  const put = (notice) => {
    failed?.notice.remove();
    notice.querySelector("[data-unsays]")?.remove();
    notice.setAttribute("role", "alert");
    failed = { notice, number: form().dataset.number };
    form().prepend(notice);
  };

  // A text that is being kept is waited for (`writing.js`): the form is submitted once more then.
  document.addEventListener("submit", (event) => {
    const from = event.target;
    const pressed = event.submitter ?? from.querySelector("[data-send]");
    if (from !== form() || !pressed?.matches(SENDS)) return;
    if (!isUnderWay(from)) return begin(from, pressed);
    if (!underWay.ctx) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
  document.addEventListener("htmx:before:request", (event) => {
    const { ctx } = event.detail;
    if (ctx.sourceElement === underWay?.from) underWay.ctx ??= ctx;
  });
  document.addEventListener("desk:stayed", end);
  document.addEventListener("htmx:finally:request", (event) => { if (event.detail.ctx === underWay?.ctx) end(); });
  window.addEventListener("pageshow", (event) => { if (event.persisted) end(); });

  document.addEventListener("desk:failed", (event) => {
    if (event.target !== form()) return;
    event.preventDefault();
    end();
    stayChosen();
    put(event.detail);
  });
  document.addEventListener("desk:back", () => {
    if (!failed?.notice.matches("[data-lost]")) return;
    const [head, words] = failed.notice.firstChild.childNodes;
    head.textContent = "The line is back.";
    words.nodeValue = " Your text is still here: send it now. It goes once.";
    failed.notice.classList.remove("warn");
    failed.notice.removeAttribute("data-lost");
  });
  // The page around the text is drawn anew meanwhile: what is said here is no part of it.
  document.addEventListener("htmx:before:swap", (event) => {
    if (event.detail.ctx === underWay?.ctx) {
      coming = underWay.ctx;
      end();
    }
    if (!event.defaultPrevented) failed?.notice.remove();
  });
  document.addEventListener("htmx:after:swap", (event) => {
    const from = form();
    if (!from) return;
    if (isUnderWay(from)) show();
    // What was refused is said by the page that came back, and its writer goes on in the text.
    const isBack = coming && event.detail.ctx === coming;
    const refused = isBack && document.querySelector("#said > .notice.bad");
    coming = null;
    if (refused) stayChosen();
    if (refused || (isBack && from.matches("[data-refused]"))) window.desk.goOnIn(from.querySelector("textarea:not([hidden])"));
    if (refused) return put(refused);
    if (failed?.number !== from.dataset.number) failed = null;
    if (!failed || failed.notice.isConnected) return;
    failed.notice.removeAttribute("role");
    from.prepend(failed.notice);
  });
}
