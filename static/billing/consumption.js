// Draws a line for each table that has a place for one: <div data-chart-of="id of the table">.
// The table is the data: its rows say data-x and data-y, so that both always agree.
(() => {
  const color = () =>
    getComputedStyle(document.body).getPropertyValue("--tblr-primary").trim() || "#066fd1";

  const options = (rows, box) => ({
    aria: { enabled: true },
    color: [color()],
    grid: { left: 8, right: 16, top: 40, bottom: 8, containLabel: true },
    // richText: an HTML tooltip writes style attributes, which the page's policy forbids.
    tooltip: {
      trigger: "axis",
      renderMode: "richText",
      valueFormatter: (value) => `${value} ${box.dataset.unit}`,
    },
    toolbox: { feature: { saveAsImage: { title: box.dataset.download } } },
    xAxis: { type: "category", data: rows.map((row) => row.dataset.x) },
    yAxis: { type: "value", name: box.dataset.unit },
    series: [
      { type: "line", areaStyle: { opacity: 0.1 }, data: rows.map((row) => row.dataset.y) },
    ],
  });

  const draw = (box) => {
    const table = document.getElementById(box.dataset.chartOf);
    if (!table || !window.echarts || window.echarts.getInstanceByDom(box)) return;
    const chart = window.echarts.init(box);
    chart.setOption(options([...table.querySelectorAll("[data-x]")], box));
    new ResizeObserver(() => chart.resize()).observe(box);
  };

  const drawAll = () => document.querySelectorAll("[data-chart-of]").forEach(draw);

  document.addEventListener("DOMContentLoaded", drawAll);
  document.addEventListener("htmx:afterSettle", drawAll);
})();
