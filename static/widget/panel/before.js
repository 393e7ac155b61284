// The questions before the chat.
const questions = (() => {
  const field = (name) => {
    const box = make("div", "field");
    const label = make("label", "", say(name));
    const input = make("input");
    input.name = name;
    input.id = `before-${name}`;
    label.htmlFor = input.id;
    input.type = { email: "email", consent: "checkbox" }[name] ?? "text";
    input.autocomplete = { email: "email", name: "name" }[name] ?? "off";
    input.maxLength = 200;
    const error = make("p", "error", name === "email" ? say("bad_email") : say("needed"));
    error.id = `before-${name}-error`;
    error.hidden = true;
    input.setAttribute("aria-describedby", error.id);
    if (name === "consent") {
      label.prepend(input, " ");
      box.append(label);
      if (setting.privacy) box.append(outside(say("privacy"), setting.privacy));
      box.append(error);
    } else box.append(label, input, error);
    return box;
  };

  /** Draws them, and says which answers are wrong. */
  const draw = (wrong) => {
    const form = at("before");
    if (!form.querySelector("input")) {
      form.replaceChildren(...setting.pre_chat.map(field), make("p"));
      const button = make("button", "button main", say("begin"));
      form.lastChild.append(button);
    }
    for (const name of setting.pre_chat) {
      const input = form.elements[name];
      const error = at(`before-${name}-error`);
      error.hidden = !wrong.includes(name);
      input.setAttribute("aria-invalid", String(wrong.includes(name)));
    }
    form.hidden = false;
  };

  /** What was filled in; nothing where nothing is asked. */
  const filledIn = () => {
    const { elements } = at("before");
    if (!elements.length) return undefined;
    return Object.fromEntries(setting.pre_chat.map((name) => [name, name === "consent" ? elements[name].checked : elements[name].value]));
  };

  return { draw, filledIn };
})();
