// What is done on a page before it is looked at. Each is asked again until it says `true`, and acts once.
const isThere = (selector) => document.querySelector(selector) !== null;
const reaches = (selector, act) => {
  if (!isThere(selector) && !window.acted) {
    window.acted = true;
    act();
  }
  return isThere(selector);
};
const fill = (form, value) => {
  const fields = form.querySelectorAll("input:not([type=hidden], [type=checkbox], [type=radio], [type=range], .chip-add), textarea");
  for (const field of fields) field.value = value;
};
// A form goes to the desk as it is, however little the browser likes it.
const send = (form) => {
  form.noValidate = true;
  form.requestSubmit(form.querySelector(".button.main") ?? undefined);
};
const REFUSAL = "main [aria-invalid=true], main .notice.bad, .said .notice.bad, main [role=alert], [data-error-head]";
const refuses = (value, named = "main form[method=post]:has(.button.main)") => reaches(REFUSAL, () => {
  const form = document.querySelector(named);
  fill(form, value);
  send(form);
});

const states = {
  // Over the page.
  find: () => reaches("#find-results li", () => window.desk.open("find")),
  keys: () => reaches("#keys[open] dt", () => window.desk.open("keys")),
  sheet: () => reaches("#sheet[open] form", () => document.querySelector("a[data-opens='sheet']").click()),
  // In the page.
  ticked: () => reaches(".pick:checked", () => document.querySelector("[data-ticks]").click()),
  loaded: () => isThere("#candidates") && !isThere("#candidates .ghost"),
  opened: () => { for (const one of document.querySelectorAll("main details")) one.open = true; return true; },
  noting: () => reaches(".composer.is-note:focus-within", () => document.querySelector("[data-compose=note]").click()),
  attached: () => reaches(".composer-files li", () => {
    const pasted = new DataTransfer();
    pasted.items.add(new File([new Uint8Array([0xff, 0xd8, 0xff, 0xe0])], "buckle.png", { type: "image/png" }));
    const field = document.querySelector("#composer textarea");
    field.focus();
    field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: pasted, bubbles: true, cancelable: true }));
  }) && !isThere(".composer-files .under-way"),
  drafted: () => reaches("[popovertarget=publish]", () => {
    const field = document.querySelector("#rules input[type=number], #controls input[type=range]");
    field.value = Number(field.value) + 1;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }),
  // What the desk answered.
  refused: () => refuses(""),
  nonsense: () => refuses("25:00"),
  rules: () => refuses("", "#rules"),
  password: () => refuses("", "main form[action$='/password']"),
  wording: () => refuses("{{ nothing }}", "#editor"),
  invited: () => reaches("#link", () => {
    document.getElementById("email").value = `lee-${Date.now()}@example.org`;
    send(document.querySelector("main form[action='/invitations']"));
  }),
  connected: () => reaches("#secret", () => {
    document.getElementById("name").value = "Chat in the shop";
    document.getElementById("domains").value = "shop.example";
    send(document.querySelector("main form[action='/channels/chats']"));
  }),
  renewed: () => reaches("#secret", () => {
    const form = document.querySelector("main form[action$='/secrets']");
    form.querySelector("[value=day]").checked = true;
    send(form);
  }),
};
