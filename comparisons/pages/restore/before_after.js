// Before and after over each other (before_after.py): the edge follows the pointer, or the slider below.
element.addEventListener("input", (event) => {
  if (event.target.matches("input[type=range]")) move(Number(event.target.value));
});
const sheet = () => element.querySelector(".before-after .sheet");
function move(percent) {
  const edge = Math.min(100, Math.max(0, percent));
  sheet()?.style.setProperty("--edge", `${edge}%`);
  const slide = element.querySelector(".before-after input[type=range]");
  if (slide && Number(slide.value) !== edge) slide.value = edge;
}
let held = false;
const follow = (event) => {
  const box = sheet().getBoundingClientRect();
  move((100 * (event.clientX - box.left)) / box.width);
};
element.addEventListener("pointerdown", (event) => {
  if (!event.target.closest(".before-after .sheet")) return;
  held = true;
  event.preventDefault();
  follow(event);
});
document.addEventListener("pointermove", (event) => { if (held && sheet()) follow(event); });
document.addEventListener("pointerup", () => { held = false; });
