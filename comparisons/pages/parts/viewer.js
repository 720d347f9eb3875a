// The viewer of the Compare tab (viewer.py). `element` is its gr.HTML; the pictures are the stage's own <img data-picture>.
const viewer = element.querySelector(".viewer");
const stage = element.closest(".stage") ?? document;
const panes = viewer.querySelector(".panes");
const slide = viewer.querySelector(".slide");
const selects = { left: viewer.querySelector("[data-side=left]"), right: viewer.querySelector("[data-side=right]") };
const CHINESE = navigator.language.toLowerCase().startsWith("zh");
const MOST = 16;
const state = { x: 0, y: 0, zoom: 1, chosen: { left: false, right: false }, seen: "" };

const pictures = () => [...stage.querySelectorAll("img[data-picture]")];
const called = (one) => (CHINESE && one?.dataset.pictureZh) || one?.dataset.picture || "";
const picture = (name) => pictures().find((one) => one.dataset.picture === name);

function show() {
  for (const side of ["left", "right"]) {
    const name = selects[side].value;
    const from = picture(name);
    for (const view of viewer.querySelectorAll(`img[data-view=${side}]`)) {
      view.hidden = !from;
      if (from && view.src !== from.src) view.src = from.src;
      view.alt = called(from);
    }
    for (const label of viewer.querySelectorAll(`.name.${side}`)) label.textContent = called(from);
  }
  const path = stage.querySelector("img[data-outline]")?.dataset.outline ?? "";
  for (const edge of viewer.querySelectorAll("svg path")) edge.setAttribute("d", path);
  for (const card of stage.querySelectorAll(".cards img[data-picture]")) {
    card.setAttribute("role", "button");
    card.setAttribute("aria-pressed", String(card.dataset.picture === selects.right.value));
  }
}

// A card opens in the viewer; its neighbours stay where they are.
function open(card) {
  selects.right.value = card.dataset.picture;
  state.chosen.right = true;
  show();
}
stage.addEventListener("click", (event) => {
  const card = event.target.closest?.(".cards img[data-picture]");
  if (card) open(card);
});
stage.addEventListener("keydown", (event) => {
  if (!event.target.matches?.(".cards img[data-picture]") || !["Enter", " "].includes(event.key)) return;
  event.preventDefault();
  open(event.target);
});

// What there is to choose, and what is chosen where nobody has chosen yet: the corrupted face and the best result.
function refresh() {
  const there = pictures();
  const best = stage.querySelector("[data-best]")?.dataset.best ?? "";
  const seen = best + there.map((one) => one.dataset.picture + one.src.length + one.src.slice(-48)).join("|");
  if (seen === state.seen) return;
  state.seen = seen;
  const names = there.map((one) => one.dataset.picture);
  const first = { left: "Occluded", right: names.includes(best) ? best : names[0] };
  for (const side of ["left", "right"]) {
    const kept = selects[side].value;
    selects[side].replaceChildren(...there.map((one) => new Option(called(one), one.dataset.picture)));
    const stays = state.chosen[side] && names.includes(kept);
    state.chosen[side] = stays;
    selects[side].value = stays ? kept : names.includes(first[side]) ? first[side] : (names[0] ?? "");
  }
  show();
}

function place() {
  const room = panes.querySelector(".pane").clientWidth * (state.zoom - 1);
  state.x = Math.min(0, Math.max(-room, state.x));
  state.y = Math.min(0, Math.max(-room, state.y));
  panes.style.setProperty("--x", `${state.x}px`);
  panes.style.setProperty("--y", `${state.y}px`);
  panes.style.setProperty("--zoom", state.zoom);
  viewer.classList.toggle("near", state.zoom > 2.5);
  viewer.classList.toggle("zoomed", state.zoom > 1);
}

// The point (x, y) of the pane stays where it is.
function zoomTo(zoom, x, y) {
  const half = panes.querySelector(".pane").clientWidth / 2;
  const wanted = Math.min(MOST, Math.max(1, zoom));
  const [px, py] = [x ?? half, y ?? half];
  state.x = px - ((px - state.x) * wanted) / state.zoom;
  state.y = py - ((py - state.y) * wanted) / state.zoom;
  state.zoom = wanted;
  place();
}

function edgeTo(percent) {
  slide.value = Math.min(100, Math.max(0, percent));
  panes.style.setProperty("--edge", `${slide.value}%`);
}

const flip = (held) => viewer.classList.toggle("flipped", held);

function mode(key) {
  viewer.dataset.mode = key;
  for (const button of viewer.querySelectorAll("button[data-mode]"))
    button.setAttribute("aria-pressed", String(button.dataset.mode === key));
  place();
}

function choose(side, step) {
  const select = selects[side];
  if (!select.options.length) return;
  select.selectedIndex = (select.selectedIndex + step + select.options.length) % select.options.length;
  state.chosen[side] = true;
  show();
}

function within(event) {
  const pane = event.target.closest?.(".pane") ?? panes.querySelector(".pane");
  const box = pane.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top, box.width];
}

viewer.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.mode) mode(button.dataset.mode);
  if (button.dataset.do === "in") zoomTo(state.zoom * 1.5);
  if (button.dataset.do === "out") zoomTo(state.zoom / 1.5);
  if (button.dataset.do === "reset") zoomTo(1);
});
viewer.addEventListener("change", (event) => {
  const side = event.target.dataset.side;
  if (side) { state.chosen[side] = true; show(); }
  if (event.target.dataset.do === "outline") viewer.classList.toggle("outlined", event.target.checked);
});
slide.addEventListener("input", () => edgeTo(slide.value));

panes.addEventListener("wheel", (event) => {
  // the page goes on scrolling unless somebody is at the pictures
  if (!event.ctrlKey && document.activeElement !== panes) return;
  event.preventDefault();
  const [x, y] = within(event);
  zoomTo(state.zoom * Math.exp(-event.deltaY / 400), x, y);
}, { passive: false });

const fingers = new Map();
let moved = null;
panes.addEventListener("pointerdown", (event) => {
  fingers.set(event.pointerId, event);
  moved = { x: event.clientX, y: event.clientY };
  panes.setPointerCapture(event.pointerId);
  if (viewer.dataset.mode === "flip") flip(true);
  else if (viewer.dataset.mode === "slider" && state.zoom === 1) drag(event);
});
panes.addEventListener("pointermove", (event) => {
  if (!fingers.has(event.pointerId)) return;
  if (fingers.size === 2) pinch(event);
  else drag(event);
  fingers.set(event.pointerId, event);
});
for (const end of ["pointerup", "pointercancel"])
  panes.addEventListener(end, (event) => { fingers.delete(event.pointerId); flip(false); });
panes.addEventListener("dblclick", (event) => {
  const [x, y] = within(event);
  zoomTo(state.zoom > 1 ? 1 : 3, x, y);
});

function drag(event) {
  if (state.zoom > 1) {
    state.x += event.clientX - moved.x;
    state.y += event.clientY - moved.y;
    place();
  } else if (viewer.dataset.mode === "slider") {
    const box = panes.querySelector(".pane").getBoundingClientRect();
    edgeTo((100 * (event.clientX - box.left)) / box.width);
  }
  moved = { x: event.clientX, y: event.clientY };
}

function pinch(event) {
  const still = [...fingers.values()].find((finger) => finger.pointerId !== event.pointerId);
  const before = fingers.get(event.pointerId);
  const far = (one) => Math.hypot(one.clientX - still.clientX, one.clientY - still.clientY);
  const box = panes.querySelector(".pane").getBoundingClientRect();
  const middle = [(event.clientX + still.clientX) / 2 - box.left, (event.clientY + still.clientY) / 2 - box.top];
  if (far(before) > 0) zoomTo((state.zoom * far(event)) / far(before), ...middle);
}

const KEYS = {
  "+": () => zoomTo(state.zoom * 1.5), "=": () => zoomTo(state.zoom * 1.5), "-": () => zoomTo(state.zoom / 1.5),
  "0": () => zoomTo(1), "f": () => flip(true), " ": () => flip(true),
  "m": () => viewer.querySelector("[data-do=outline]").click(),
  "]": () => choose("right", 1), "[": () => choose("right", -1), "}": () => choose("left", 1), "{": () => choose("left", -1),
};
const STEPS = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
panes.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const step = STEPS[event.key];
  if (!step && !KEYS[event.key]) return;
  event.preventDefault();
  if (KEYS[event.key]) KEYS[event.key]();
  else if (state.zoom > 1) { state.x += 24 * step[0]; state.y += 24 * step[1]; place(); }
  else edgeTo(Number(slide.value) - 2 * step[0]);
});
panes.addEventListener("keyup", (event) => { if (event.key === "f" || event.key === " ") flip(false); });
panes.addEventListener("blur", () => flip(false));

let waiting = false;
new MutationObserver(() => {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => { waiting = false; refresh(); });
}).observe(stage, { childList: true, subtree: true });
edgeTo(50);
place();
refresh();

// An address with ?face= asks for a comparison: it is brought back as soon as the choices have their first face.
if (new URLSearchParams(location.search).has("face") && !window.unmaskedLinked) {
  window.unmaskedLinked = true;
  // said at once: the pictures of the link take a while, and those on the stage are not them
  const words = document.querySelector("#status .progress p");
  const told = CHINESE ? viewer.dataset.linkedZh : viewer.dataset.linked;
  if (words && told) { words.textContent = told; words.removeAttribute("data-zh"); }
  const asking = setInterval(() => {
    if (!document.querySelector("#run:not([disabled])")) return;
    clearInterval(asking);
    document.getElementById("relink")?.click();
  }, 100);
}

// Where the browser asks for Chinese: texts.py puts it beside the English of whatever markup has come onto the page.
if (CHINESE && !window.unmaskedChinese) {
  window.unmaskedChinese = true;
  document.documentElement.lang = "zh-CN";
  // what Gradio says in English only; numbers in it are put back in their order
  const gradio = JSON.parse(viewer.dataset.gradioZh);
  const inChinese = (words) => {
    const numbers = words.match(/\d+/g) ?? [];
    const english = numbers.reduce((left, number, place) => left.replace(number, `{${place}}`), words);
    return (gradio[english] ?? words).replace(/\{(\d)\}/g, (_, place) => numbers[place]);
  };
  const OWN = ["aria-label", "title", "alt"];
  const translate = () => {
    for (const one of document.querySelectorAll("[data-zh-alt]"))
      if (one.alt !== one.dataset.zhAlt) one.alt = one.dataset.zhAlt;
    for (const one of document.querySelectorAll(OWN.map((name) => `[${name}]:not([data-zh-label], [data-zh-alt])`)))
      for (const name of OWN) {
        const words = one.getAttribute(name);
        if (words && inChinese(words) !== words) one.setAttribute(name, inChinese(words));
      }
    for (const one of document.querySelectorAll("[data-zh]"))
      if (one.textContent !== one.dataset.zh) one.textContent = one.dataset.zh;
    for (const one of document.querySelectorAll("[data-zh-label]")) {
      if (one.getAttribute("aria-label") === one.dataset.zhLabel) continue;
      one.setAttribute("aria-label", one.dataset.zhLabel);
      if (one.title) one.title = one.dataset.zhLabel;
    }
  };
  // Gradio (6.31) patches markup where it can: new words come as other data of a text and as other attributes, too
  const changed = { childList: true, subtree: true, characterData: true };
  const put = ["data-zh", "data-zh-alt", "data-zh-label"];
  new MutationObserver(translate).observe(document.body, { ...changed, attributeFilter: [...put, ...OWN] });
  translate();
}

// Once for the page: Ctrl + Enter runs, Escape cancels, and a recipe may be dropped anywhere.
if (!window.unmaskedKeys) {
  window.unmaskedKeys = true;
  const press = (id) => {
    const button = document.getElementById(id);
    if (button && button.offsetParent !== null && !button.disabled) button.click();
  };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) press("run");
    if (event.key === "Escape") press("cancel");
  });
  const recipe = (event) => [...(event.dataTransfer?.files ?? [])].find((file) => /\.(zip|json)$/i.test(file.name));
  document.addEventListener("dragover", (event) => {
    if ([...(event.dataTransfer?.items ?? [])].some((item) => /zip|json/.test(item.type))) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    const file = recipe(event);
    const input = document.querySelector("#recipe input[type=file]");
    if (!file || !input) return;
    event.preventDefault();
    event.stopPropagation();
    const files = new DataTransfer();
    files.items.add(file);
    input.files = files.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }, true);
}
