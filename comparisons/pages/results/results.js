// Clicks on points of the chart of the Results tab (results.py). `element` is the gr.HTML under the table, which gets the faces.
// gr.Plot tells nobody of clicks, and draws its chart anew as it likes: listening begins when the pointer comes over one.
document.addEventListener("pointerover", (event) => {
  const chart = event.target.closest?.("#results-chart .js-plotly-plot");
  if (!chart?.on) return;
  chart.removeAllListeners("plotly_click");
  chart.on("plotly_click", (clicked) => {
    const point = clicked.points.find((one) => one.customdata?.length > 4);
    // interval, number of pictures, then the bin and the method
    if (point) trigger("select", { index: point.pointNumber, value: point.customdata.slice(3, 5) });
  });
});
