// Files for a reply: chosen, dropped or pasted, each is uploaded at once and kept on the server with the text.
{
  // How many are being attached, by the conversation that they belong to.
  const underWay = new Map();
  const count = (number, more) => underWay.set(number, (underWay.get(number) ?? 0) + more);

  const composer = () => document.getElementById("composer");
  const input = () => composer()?.querySelector("[data-attach]");
  const isNote = () => composer()?.classList.contains("is-note") ?? false;
  const size = (bytes) => (bytes < 1e6 ? `${Math.floor(bytes / 1e3)} kB` : `${(Math.floor(bytes / 1e5) / 10).toFixed(1)} MB`);
  const say = (head, words) => window.desk?.say("bad", head, words);

  const show = (id, html) => {
    const template = document.createElement("template");
    template.innerHTML = html;
    const next = template.content.getElementById(id);
    const old = document.getElementById(id);
    if (!next) return false;
    if (old) {
      next.append(...old.querySelectorAll(".under-way"));
      old.replaceWith(next);
    }
    return true;
  };

  const send = (address, fields, chips, moved) => new Promise((done) => {
    const request = new XMLHttpRequest();
    request.open("POST", address);
    request.setRequestHeader("HX-Request", "true");
    request.upload.addEventListener("progress", (event) => moved?.(event.loaded / Math.max(1, event.total)));
    request.addEventListener("loadend", () => {
      if (show(chips, request.responseText)) return done(true);
      const answer = new DOMParser().parseFromString(request.responseText, "text/html");
      const words = answer.querySelector("[data-error-words]")?.textContent;
      say("Not done.", words ?? "The desk did not answer. Your text and files are kept; try again.");
      done(false);
    });
    request.send(fields);
  });

  const chip = (list, file) => {
    const shown = document.createElement("p");
    shown.className = "file under-way";
    const name = document.createElement("bdi");
    name.textContent = file.name;
    const state = document.createElement("span");
    state.className = "hush";
    state.textContent = "being attached…";
    shown.append(name, " ", state);
    list.append(shown);
    return { shown, moved: (part) => { state.textContent = `${Math.floor(part * 100)} % of ${size(file.size)}`; } };
  };

  const attach = async (files) => {
    const from = input();
    if (!from || !files.length) return;
    const { attach: address, most, takes, smaller } = from.dataset;
    const number = composer().dataset.number;
    const list = `composer-files-${number}`;
    const csrf = composer().elements.csrf.value;
    for (const file of files) {
      if (file.size > Number(most)) {
        say("Not attached.", `“${file.name}” has ${size(file.size)}; this channel takes ${takes}. ${smaller}`);
        continue;
      }
      const fields = new FormData();
      fields.append("csrf", csrf);
      fields.append("upload", file, file.name);
      const waiting = chip(document.getElementById(list) ?? document.createDocumentFragment(), file);
      count(number, 1);
      await send(address, fields, list, waiting.moved);
      count(number, -1);
      waiting.shown.remove();
    }
  };

  document.addEventListener("change", (event) => {
    if (event.target !== input()) return;
    const chosen = [...event.target.files];
    event.target.value = "";
    attach(chosen);
  });

  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-remove-file]");
    if (!button) return;
    event.preventDefault();
    event.stopPropagation();
    const fields = new URLSearchParams({ csrf: button.form.elements.csrf.value });
    if (await send(button.getAttribute("formaction"), fields, button.closest(".composer-files").id)) {
      composer()?.querySelector("textarea:not([hidden])")?.focus();
    }
  }, true);

  const holdsFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  const isTarget = (event) => holdsFiles(event) && input() && !isNote() && composer().contains(event.target);
  document.addEventListener("dragover", (event) => {
    if (!holdsFiles(event)) return;
    // A file that misses the composer must not replace the page, and with it what was typed.
    event.preventDefault();
    composer()?.classList.toggle("is-target", Boolean(isTarget(event)));
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) composer()?.classList.remove("is-target");
  });
  document.addEventListener("drop", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    composer()?.classList.remove("is-target");
    if (isTarget(event)) attach([...event.dataTransfer.files]);
  });
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    // A table copied from an office program comes as text and as its picture: then the text is meant.
    if (!files.length || event.clipboardData.types.includes("text/plain") || isNote() || !composer()?.contains(event.target)) return;
    event.preventDefault();
    attach(files);
  });

  document.addEventListener("submit", (event) => {
    if (event.target !== composer()) return;
    // What is for pages without script would send its empty field along.
    for (const part of event.target.querySelectorAll("noscript")) part.remove();
    if (!underWay.get(event.target.dataset.number) || isNote()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    say("Not sent yet.", "A file is still being attached. Send again in a moment; your text is kept.");
  }, true);
}
