/* What pages do in the browser beyond links, forms and htmx. Every page works without it. */
"use strict";
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const body = document.body;
  const words = (document.documentElement.lang === "en")
    ? { network: "Network connection failed. Check the network and try again.", failed: "The action failed. Try again later.", missing: "Not found, or you may not see it.", often: "Too many requests. Wait 1 minute and try again.", large: "The files are too large. Send fewer or smaller ones.", request: (id) => ` (request ID ${id})`, passkey: "Passkey verification was not completed. Try again." }
    : { network: "网络连接失败，请检查网络后重试。", failed: "操作失败，请稍后重试。", missing: "内容不存在，或者您无权查看。", often: "操作过于频繁，请等待 1 分钟后再试。", large: "文件过大，请减少或缩小文件后重试。", request: (id) => `（请求编号 ${id}）`, passkey: "未能完成通行密钥验证，请重试。" };

  /* ---- toasts ---- */
  const STAY = 6000; // milliseconds; errors stay until they are closed
  function settle(toast) {
    if (toast.matches(".success, .info")) setTimeout(() => toast.remove(), STAY);
  }
  function say(text, tone = "error") {
    const toast = $(`.pc-toast.${tone}`, $("#toast-shapes").content).cloneNode(true);
    $(".pc-toast-text", toast).textContent = text;
    $("#toasts").append(toast);
    settle(toast);
  }
  document.querySelectorAll("#toasts .pc-toast").forEach(settle);

  /* ---- clicks, once for the whole page ---- */
  document.addEventListener("click", (event) => {
    const target = event.target;
    document.querySelectorAll("details.pc-menu[open], .pc-table .pc-why[open]").forEach((menu) => {
      if (!menu.contains(target)) menu.open = false;
    });
    const burger = target.closest(".pc-burger");
    if (burger || !target.closest(".pc-side")) openMenu(Boolean(burger) && !body.classList.contains("menu-open"));
    if (target.closest(".pc-toast-x")) target.closest(".pc-toast").remove();
    if (target.closest("[data-drawer-close]")) closeDrawer();
    const step = target.closest("[data-drawer-step]");
    if (step) stepDrawer(step.dataset.drawerStep);
    const copy = target.closest(".copy");
    if (copy) copyText(copy);
    const preset = target.closest(".btn-preset");
    if (preset) usePreset(preset);
    const expand = target.closest(".pc-expand");
    if (expand) toggleFields(expand);
  });

  function openMenu(open) {
    const burger = $(".pc-burger");
    if (!burger) return;
    body.classList.toggle("menu-open", open);
    burger.setAttribute("aria-expanded", String(open));
  }
  async function copyText(button) {
    try {
      await navigator.clipboard.writeText(button.textContent.trim());
      button.classList.add("done");
      setTimeout(() => button.classList.remove("done"), 1500);
    } catch {
      getSelection().selectAllChildren(button); // no clipboard without HTTPS: ready for Ctrl C
    }
  }
  function usePreset(button) {
    const [from, to] = button.closest(".pc-field").querySelectorAll("input");
    from.value = button.dataset.from;
    to.value = button.dataset.to;
    button.form.requestSubmit();
  }
  function toggleFields(button) {
    const open = button.closest(".pc-query").classList.toggle("expanded");
    const more = button.dataset.more || button.textContent;
    button.dataset.more = more;
    button.textContent = open ? button.dataset.less : more;
    button.setAttribute("aria-expanded", String(open));
  }
  // A field that holds a value is never hidden.
  function markUsed() {
    document.querySelectorAll(".pc-query .pc-field").forEach((field) => {
      field.classList.toggle("used", [...field.querySelectorAll("input, select")].some((each) => each.value));
    });
  }
  markUsed();

  /* ---- the drawer: focus goes in and comes back, Esc and Back close it, J and K walk on ---- */
  const shell = $("#drawer-shell");
  const address = () => location.pathname + location.search;
  let shown = address(); // of the page below the drawer
  let opener = null; // the link of the row that the drawer shows
  body.addEventListener("htmx:pushedIntoHistory", () => { shown = address(); });
  function openDrawer(link) {
    opener = link || opener || document.activeElement;
    // One entry in the history, however many rows are looked at: Back leads to the list.
    if (link) history[shell.hidden ? "pushState" : "replaceState"](null, "", link.href);
    shell.hidden = false;
    $("#frame").inert = true;
    body.classList.add("overflow-hidden");
    const title = $("h1, h2", $("#drawer"));
    $(".pc-drawer").setAttribute("aria-label", title ? title.textContent.trim() : "");
    const beside = neighbours();
    shell.querySelectorAll("[data-drawer-step]").forEach((button) => { button.disabled = !beside[button.dataset.drawerStep]; });
    $(".pc-drawer-steps").hidden = !beside.previous && !beside.next;
    (title || $(".pc-drawer")).focus();
  }
  // The links of the same column, in the rows above and below.
  function neighbours() {
    const cell = opener.closest("td, th");
    const links = cell ? [...document.querySelectorAll(`.pc-table tr > :nth-child(${cell.cellIndex + 1}) a[hx-get$="drawer=1"]`)] : [];
    const at = links.findIndex((link) => link.href === opener.href);
    return at < 0 ? {} : { previous: links[at - 1], next: links[at + 1] };
  }
  function stepDrawer(which) {
    const link = neighbours()[which];
    if (link) link.click();
  }
  function hideDrawer() {
    if (shell.hidden) return;
    shell.hidden = true;
    $("#drawer").replaceChildren();
    $("#frame").inert = false;
    body.classList.remove("overflow-hidden");
    if (opener && opener.isConnected) opener.focus();
    opener = null;
  }
  function closeDrawer() {
    if (shell.hidden) return;
    hideDrawer();
    if (address() === shown) return;
    history.replaceState(null, "", shown); // at once: whoever asks again asks for this address
    history.back();
  }
  // What an address shows is on the screen already, or it is loaded.
  addEventListener("popstate", (event) => {
    event.stopImmediatePropagation(); // htmx would swap the whole body, with all that is known here
    hideDrawer();
    if (address() !== shown) location.reload();
  }, true);
  body.addEventListener("drawer-close", () => closeDrawer());
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const menu = $("details.pc-menu[open], .pc-table .pc-why[open]");
      if (menu) { menu.open = false; $("summary", menu).focus(); }
      openMenu(false);
      closeDrawer();
    }
    if (event.key === "Tab" && !shell.hidden) keepFocus(event);
    if (event.key === "j" || event.key === "k") walk(event);
  });
  // J and K walk down and up a queue, in the drawer too; Enter opens, as on every link.
  function walk(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input:not([type=checkbox]), select, textarea")) return;
    if (!shell.hidden) { stepDrawer(event.key === "j" ? "next" : "previous"); return; }
    const rows = [...document.querySelectorAll(".pc-table tbody tr")];
    const links = rows.map((row) => $("a, button", row)).filter(Boolean);
    const at = links.findIndex((link) => link.closest("tr").contains(document.activeElement));
    const next = links[event.key === "j" ? at + 1 : Math.max(0, at - 1)];
    if (next) next.focus();
  }
  function keepFocus(event) {
    const inside = [...shell.querySelectorAll("a[href], button:not([disabled]), input:not([type=hidden]), select, textarea, summary")].filter((each) => each.offsetParent);
    const [first, last] = [inside[0], inside.at(-1)];
    if (event.shiftKey && document.activeElement === first) { last.focus(); event.preventDefault(); }
    if (!event.shiftKey && document.activeElement === last) { first.focus(); event.preventDefault(); }
  }

  /* ---- htmx: progress, focus, failures ---- */
  let running = 0;
  const progress = (step) => { running = Math.max(0, running + step); body.classList.toggle("loading", running > 0); };
  // An address holds what was asked, not what was left empty.
  body.addEventListener("htmx:configRequest", (event) => {
    const { elt, formData } = event.detail;
    if (elt.matches(".pc-query")) [...formData].forEach(([name, value]) => value === "" && formData.delete(name));
  });
  // The form follows the address: a tab, a chip or a view may have changed it.
  body.addEventListener("htmx:pushedIntoHistory", () => {
    const asked = new URLSearchParams(location.search);
    document.querySelectorAll(".pc-query :is(input, select)[name]").forEach((field) => { field.value = asked.get(field.name) || ""; });
    markUsed();
  });
  // A swap takes what had the focus: its successor gets it, or the menu that it was in, or the row
  // that took the place of its row, or what stands nearest.
  let focused = [], place = -1, nearest = [];
  document.addEventListener("focusin", ({ target }) => {
    const menu = target.closest("details.pc-menu[id]");
    const row = target.closest(".pc-table tbody tr");
    focused = [target.id, menu && menu.id].filter(Boolean);
    place = row ? row.sectionRowIndex : -1;
    nearest = target.closest("#views") ? ["#view-save"] : target.closest("#results") ? [".pc-table-wrap", ".pc-tabs [aria-current]", "#main"] : [];
  });
  function successors() {
    const rows = [...document.querySelectorAll(".pc-table tbody tr")];
    const row = place < 0 ? null : rows[Math.min(place, rows.length - 1)];
    return [
      ...focused.map((id) => document.getElementById(id)).map((each) => (each && each.tagName === "DETAILS" ? $("summary", each) : each)),
      row && $("a, button", row),
      ...nearest.map((selector) => $(selector)),
    ];
  }
  body.addEventListener("htmx:afterSettle", () => {
    if (document.activeElement !== body) return;
    const next = successors().find((each) => each && each.checkVisibility());
    if (next) next.focus();
  });
  body.addEventListener("htmx:beforeRequest", () => progress(1));
  body.addEventListener("htmx:afterRequest", () => progress(-1));
  body.addEventListener("htmx:afterSwap", (event) => {
    const { target, requestConfig } = event.detail;
    if (target.id === "drawer" && target.childElementCount) openDrawer(requestConfig.verb === "get" ? requestConfig.elt : null);
    if (target.id === "toasts") settle(target.lastElementChild);
  });
  body.addEventListener("htmx:sendError", () => say(words.network));
  body.addEventListener("htmx:responseError", (event) => {
    const { status } = event.detail.xhr;
    const id = event.detail.xhr.getResponseHeader("X-Request-ID");
    const text = { 404: words.missing, 413: words.large, 429: words.often }[status] || words.failed;
    say(id ? text + words.request(id) : text);
  });
  body.addEventListener("toast", (event) => say(event.detail.text, event.detail.tone || "success"));
  document.addEventListener("allauth.error", (event) => { event.preventDefault(); say(words.passkey); });

  /* ---- wide tables show where they go on ---- */
  function markWide() {
    document.querySelectorAll(".pc-table-wrap").forEach((wrap) => wrap.classList.toggle("scrolls", wrap.scrollWidth > wrap.clientWidth));
  }
  addEventListener("resize", markWide);
  body.addEventListener("htmx:afterSettle", markWide);
  markWide();
})();
