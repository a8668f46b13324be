/* 分配客户经理: a list of hundreds of names can be typed into, and the effect is shown before. */
"use strict";
document.addEventListener("alpine:init", () => {
  Alpine.data("assignment", () => ({
    before: "",
    chosen: "",
    name: "",
    init() {
      const select = this.$root.querySelector("select");
      this.before = select.dataset.before;
      new TomSelect(select, { plugins: ["dropdown_input"], maxOptions: null, allowEmptyOption: true, onChange: () => this.look(select) });
      this.look(select);
    },
    look(select) {
      this.chosen = select.value;
      this.name = select.selectedOptions.length ? select.selectedOptions[0].text : "";
    },
    get changes() { return this.chosen !== this.before; },
    get assigns() { return this.changes && this.chosen !== ""; },
  }));
});
