// Clicks on marks of the figure and on lines of the table of the Results tab. `element` is the gr.HTML under them, which gets the
// faces; a mark or line says in data-cell which range of hidden areas and which method is behind it.
const panel = element.closest(".tabitem") ?? document;
panel.addEventListener("click", (event) => {
  const cell = event.target.closest?.("#results-chart [data-cell], #results-table [data-cell]")?.dataset.cell;
  if (!cell) return;
  const [bin, method] = cell.split("|");
  if (bin) trigger("select", { index: 0, value: [bin, method] });
});
