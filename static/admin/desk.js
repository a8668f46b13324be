// Select2 makes a box that has no name: it takes that of its field.
function nameBoxes() {
  for (const select of document.querySelectorAll("select.admin-autocomplete")) {
    const name = select.labels[0]?.textContent.trim().replace(/[:：]$/, "");
    const box = select.nextElementSibling;
    for (const part of box?.querySelectorAll(".select2-selection, .select2-selection__rendered") ?? []) {
      if (name) part.setAttribute("aria-label", name);
    }
  }
}
// The boxes are made in jQuery's own queue, which may come after the page has loaded.
addEventListener("load", () => setTimeout(nameBoxes));
