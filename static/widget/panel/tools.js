// What every part of the panel uses: how the frame is set up, its elements and its words.
const setting = JSON.parse(document.body.dataset.setting);
const base = `/widget/${setting.channel}`;
const at = (id) => document.getElementById(id);
/** What may be of another direction than the words around it. Where these go from left to right, nothing is torn apart. */
const isolated = (fact) => (document.documentElement.dir === "rtl" ? `\u2068${fact}\u2069` : fact);
const say = (name, facts = {}) => (setting.words[name] ?? name).replace(/\{(\w+)\}/g, (_, fact) => isolated(facts[fact] ?? ""));
const make = (tag, className, text) => {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
};
// Not every page is a secure context, so the random bytes are asked for directly.
const newId = () => {
  const hex = [...crypto.getRandomValues(new Uint8Array(16))].map((byte, place) => {
    const bits = place === 6 ? (byte & 0x0f) | 0x40 : place === 8 ? (byte & 0x3f) | 0x80 : byte;
    return bits.toString(16).padStart(2, "0");
  }).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
};

/** Whether trying again may help what failed for a cause. */
const mayHelp = (cause) => !["too_large", "wrong_kind", "empty"].includes(cause);

/** A page of somebody's, in a window of its own. */
const outside = (words, href) => {
  const link = make("a", "", words);
  link.href = href;
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  return link;
};
