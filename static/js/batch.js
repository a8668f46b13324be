/* Ticking rows of a list: ranges, the whole page, and what was ticked on other pages. */
"use strict";
(() => {
  const results = document.getElementById("results");
  const picked = new Set();
  let of = ""; // the address (filters and tab) whose rows are picked
  let last = null; // the box ticked last: a range begins there

  const bar = () => document.getElementById("batch");
  const boxes = () => [...results.querySelectorAll(".pick")];
  const all = () => bar().elements.all;

  function show() {
    if (!bar()) return;
    const here = new Set(boxes().map((box) => box.value));
    bar().elements.also.value = [...picked].filter((pk) => !here.has(pk)).join(",");
    const count = all().checked ? bar().querySelector(".pc-batch-all").textContent : picked.size;
    bar().classList.toggle("on", picked.size > 0 || all().checked);
    bar().querySelector(".pc-batch-told").hidden = false;
    bar().querySelector(".pc-batch-n").textContent = count;
    const head = results.querySelector(".pick-all");
    if (!head) return;
    const ticked = boxes().filter((box) => box.checked).length;
    head.checked = ticked > 0 && ticked === here.size;
    head.indeterminate = ticked > 0 && ticked < here.size;
  }
  function tick(box, on) {
    box.checked = on;
    if (on) picked.add(box.value); else picked.delete(box.value);
  }
  // New rows came: those picked before stay picked, unless the list is another one by now.
  function adopt() {
    if (!bar()) return;
    const query = bar().elements.query.value;
    if (query !== of) picked.clear();
    [of, last] = [query, null];
    const head = results.querySelector(".pick-all");
    if (head) head.hidden = false;
    boxes().forEach((box) => { if (box.checked) picked.add(box.value); else box.checked = picked.has(box.value); });
    show();
  }
  // How many rows there are is counted exactly when somebody wants all of them.
  function countExactly() {
    const link = document.querySelector("#count a");
    if (link) link.click();
  }

  results.addEventListener("click", (event) => {
    const box = event.target;
    if (box.matches(".pick-all")) {
      boxes().forEach((each) => tick(each, box.checked));
    } else if (box.matches(".pick")) {
      const rows = boxes();
      const [from, to] = [rows.indexOf(last), rows.indexOf(box)].sort((a, b) => a - b);
      const range = event.shiftKey && from >= 0 ? rows.slice(from, to + 1) : [box];
      range.forEach((each) => tick(each, box.checked));
      last = box;
    } else return;
    if (!box.checked && all()) all().checked = false;
    if (picked.size) countExactly();
    show();
  });
  results.addEventListener("change", (event) => {
    if (event.target.name !== "all") return;
    boxes().forEach((box) => tick(box, event.target.checked));
    show();
  });
  results.addEventListener("reset", (event) => {
    if (event.target !== bar()) return;
    picked.clear();
    setTimeout(() => { boxes().forEach((box) => { box.checked = false; }); show(); });
  });
  // X ticks the row that J and K have led to.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "x" || event.ctrlKey || event.metaKey || event.altKey) return;
    const row = event.target.closest(".pc-table tbody tr");
    const box = row && row.querySelector(".pick");
    if (box) box.click();
  });
  document.body.addEventListener("htmx:afterSettle", (event) => {
    const count = document.getElementById("count");
    if (count && bar() && !count.querySelector("a")) bar().querySelector(".pc-batch-all").textContent = count.textContent;
    if (event.detail.target.id === "results") adopt(); else show();
  });
  adopt();
})();
