// A form that belongs to the page opens over it: the link leads to a page of its own where there is no script.
{
  const sheet = () => document.getElementById("sheet");

  const pageOf = async (address, init) => {
    const answer = await fetch(address, init);
    const html = new DOMParser().parseFromString(await answer.text(), "text/html");
    return { answer, html };
  };

  const fill = (html) => {
    const form = html.querySelector("[data-sheet]");
    if (!form) return false;
    sheet().replaceChildren(document.adoptNode(form));
    // It leads back to where it was opened, list and all.
    const back = sheet().querySelector("input[name=back]");
    if (back) back.value = location.pathname + location.search;
    return true;
  };

  const open = async (link) => {
    try {
      const { answer, html } = await pageOf(link.href, { headers: { accept: "text/html" } });
      if (answer.redirected || !answer.ok || !fill(html)) return location.assign(link.href);
      sheet().showModal();
      sheet().querySelector("form input:not([type=hidden])")?.focus();
    } catch {
      location.assign(link.href);
    }
  };

  const close = () => {
    sheet().close();
    sheet().replaceChildren();
  };

  const say = (head, words) => {
    const notice = document.createElement("div");
    notice.className = "notice bad";
    notice.role = "alert";
    const text = document.createElement("p");
    text.textContent = `${head} ${words}`;
    notice.append(text);
    sheet().querySelector("form")?.before(notice);
  };

  // What the chosen items cost stands in the amount until somebody writes another one there.
  const addUp = (form) => {
    const amount = form.querySelector("[data-adds]");
    if (!amount || (amount.value && amount.value !== amount.dataset.added)) return;
    const { adds: most, places } = amount.dataset;
    const costs = [...form.querySelectorAll("[data-price]")].map((line) => line.dataset.price * Math.min(line.value, line.max));
    const cost = Math.min(most, costs.reduce((all, one) => all + one, 0));
    amount.value = cost > 0 ? (cost / 10 ** places).toFixed(places) : "";
    amount.dataset.added = amount.value;
  };
  document.addEventListener("input", (event) => { if (event.target.matches?.("[data-price]")) addUp(event.target.form); });

  document.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = event.target.closest?.("a[data-opens='sheet']");
    const leave = event.target.closest?.("dialog.sheet [data-close]");
    if (!link && !leave) return;
    event.preventDefault();
    event.stopPropagation();
    if (leave) close();
    else open(link);
  }, true);

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.closest("dialog.sheet") || form.method === "dialog") return;
    event.preventDefault();
    event.stopPropagation();
    const button = event.submitter;
    if (button) button.disabled = true;
    try {
      const body = new URLSearchParams(new FormData(form, button ?? undefined));
      const { answer, html } = await pageOf(form.action, { method: "POST", body, redirect: "manual" });
      // The page behind says what came of it.
      if (answer.type === "opaqueredirect") return location.assign(form.elements.back.value);
      if (!fill(html)) {
        say(html.querySelector("[data-error-head]")?.textContent ?? "Not done.", html.querySelector("[data-error-words]")?.textContent ?? "");
      }
    } catch {
      say("No connection.", "Nothing was done as far as this page knows. Press it again; it is done once.");
    }
    if (button) button.disabled = false;
  }, true);
}
