/* The search dialog: Ctrl K opens it, arrows choose, Enter opens, Esc closes (the browser's own,
   as is the focus that stays inside and goes back). Without it the link leads to a page. */
"use strict";
(() => {
  const dialog = document.getElementById("search");
  const input = document.getElementById("search-text");
  const results = document.getElementById("search-results");
  const options = () => [...results.querySelectorAll("[role=option]")];
  let current = -1;

  function open() {
    if (dialog.open) return;
    dialog.showModal();
    input.focus();
    input.select();
    if (!results.childElementCount) input.dispatchEvent(new Event("search-open"));
  }
  // -1 is none.
  function choose(index) {
    const all = options();
    current = index < all.length ? index : -1;
    all.forEach((option, i) => option.setAttribute("aria-selected", String(i === current)));
    if (current < 0) { input.removeAttribute("aria-activedescendant"); return; }
    input.setAttribute("aria-activedescendant", all[current].id);
    all[current].scrollIntoView({ block: "nearest" });
  }
  function fail() {
    const said = document.createElement("p");
    said.className = "pc-search-said";
    said.setAttribute("role", "alert");
    said.textContent = dialog.dataset.failed;
    results.replaceChildren(said);
    choose(-1);
  }

  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    event.preventDefault(); // the browser's own search box
    open();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-search-open]") && !event.ctrlKey && !event.metaKey) { event.preventDefault(); open(); }
    if (event.target === dialog || event.target.closest("[data-search-close]")) dialog.close();
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return; // Enter and arrows belong to the input method
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const count = options().length;
    if (step && count) { choose((Math.max(current, step < 0 ? 0 : -1) + step + count) % count); event.preventDefault(); }
    if (event.key === "Enter" && current >= 0) { options()[current].click(); event.preventDefault(); }
  });
  input.addEventListener("input", () => choose(-1)); // what is shown answers an earlier question
  dialog.addEventListener("htmx:afterSwap", () => {
    options().forEach((option, i) => { option.id = `search-option-${i}`; });
    results.scrollTop = 0;
    choose(input.value.trim() && options().length ? 0 : -1);
  });
  for (const wrong of ["htmx:responseError", "htmx:sendError"]) dialog.addEventListener(wrong, fail);
  if (/Mac|iPhone|iPad/.test(navigator.userAgent)) document.querySelectorAll(".pc-search-open kbd").forEach((key) => { key.textContent = "⌘ K"; });
})();
