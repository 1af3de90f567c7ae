// Improves pages that work without it: shows passwords, copies text, prevents double submissions, shows local times.
"use strict";

for (const input of document.querySelectorAll("input[type=password]")) {
  const button = document.createElement("button");
  const show = (shown) => {
    input.type = shown ? "text" : "password";
    button.textContent = shown ? "Hide" : "Show";
    button.setAttribute("aria-label", shown ? "Hide password" : "Show password");
  };
  button.type = "button";
  button.className = "reveal";
  button.setAttribute("aria-controls", input.id);
  button.addEventListener("click", () => {
    show(input.type === "password");
    input.focus();
  });
  // Browsers offer to save a password only from a password field.
  input.form?.addEventListener("submit", () => show(false));
  show(false);
  input.after(button);
}

for (const button of document.querySelectorAll("[data-copy]")) {
  const source = document.getElementById(button.dataset.copy);
  if (!source || !navigator.clipboard) continue;
  const label = button.textContent;
  button.hidden = false;
  button.setAttribute("aria-live", "polite");
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(source.textContent);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = label; }, 2000);
  });
}

for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.busy) event.preventDefault();
    form.dataset.busy = "true";
    // If the user stopped the request, the form can be submitted again.
    setTimeout(() => { delete form.dataset.busy; }, 8000);
  });
}
// A page from the browser's history can be submitted again.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-busy]")) delete form.dataset.busy;
});

for (const button of document.querySelectorAll("button[data-confirm]")) {
  button.addEventListener("click", (event) => {
    if (!confirm(button.dataset.confirm)) event.preventDefault();
  });
}

// Escape closes an open menu and returns the focus; a click elsewhere closes it too.
const menu = document.querySelector("details.account");
addEventListener("click", (event) => {
  if (menu?.open && !menu.contains(event.target)) menu.open = false;
});
addEventListener("keydown", (event) => {
  if (!menu?.open || event.key !== "Escape") return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

// The link that selects every row of a page becomes a checkbox.
for (const link of document.querySelectorAll("a[data-pick]")) {
  const [form, label, box] = [link.closest("form"), document.createElement("label"), document.createElement("input")];
  const rows = [...form.querySelectorAll("tbody input[type=checkbox]")];
  const show = () => {
    const chosen = rows.filter((row) => row.checked).length;
    box.checked = chosen === rows.length;
    box.indeterminate = chosen > 0 && !box.checked;
  };
  box.type = "checkbox";
  box.setAttribute("aria-label", "Select all on this page");
  box.addEventListener("change", () => { for (const row of rows) row.checked = box.checked; });
  form.addEventListener("change", show);
  form.addEventListener("reset", () => setTimeout(show));
  label.append(box);
  link.replaceWith(label);
  show();
}

const finder = document.querySelector("[data-slash]");
addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, textarea, select");
  if (finder && event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    finder.focus();
  }
});

// The browser provides the list of time zones, with its own zone first.
const zones = document.getElementById("zones");
if (zones && Intl.supportedValuesOf) {
  const own = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  for (const zone of new Set([own, "UTC", ...Intl.supportedValuesOf("timeZone")])) zones.append(new Option("", zone));
}

// Entries are grouped by the days of the browser's time zone.
for (const list of document.querySelectorAll("[data-days]")) {
  const head = list.querySelector(".day")?.cloneNode(true);
  for (const old of list.querySelectorAll(".day")) old.remove();
  let last = "";
  for (const row of head ? [...list.children] : []) {
    const day = new Date(row.querySelector("time").dateTime).toLocaleDateString(undefined, { dateStyle: "full" });
    if (day !== last) {
      const next = head.cloneNode(true);
      next.querySelector("strong").textContent = last = day;
      row.before(next);
    }
  }
}

for (const time of document.querySelectorAll("time")) {
  const text = (style, seconds) => new Date(time.dateTime).toLocaleString(undefined, { dateStyle: style, timeStyle: seconds });
  if ("exact" in time.dataset) time.textContent = text(undefined, "medium");
  time.title = text("long", "short");
}
