// A picture to paint a mask on (editor.py). `element` is its gr.HTML; its value is JSON: {picture, mask, grow}, pictures as data URLs.
const root = element.querySelector(".mask-canvas");
const field = root.querySelector(".field");
const picture = root.querySelector("canvas.picture");
const shown = root.querySelector("canvas.shown");
const ring = root.querySelector(".ring");
const size = root.querySelector("[data-do=size]");
const amount = root.querySelector("output");
const mask = document.createElement("canvas");
const MOST_KEPT = 40;
const MOST_GROWN = 24;
const COLOUR = "#ff2e6a";
const state = { tool: "paint", grow: 0, scale: 2, told: null, picture: "", past: [], future: [], last: null, pointer: null, at: null };

const button = (name) => root.querySelector(`[data-do=${name}]`);
const pen = () => mask.getContext("2d", { willReadFrequently: true });

function blank(width, height) {
  for (const one of [picture, shown, mask]) { one.width = width; one.height = height; }
  root.style.setProperty("--ratio", `${width} / ${height}`);
}

function copy(from) {
  const other = document.createElement("canvas");
  other.width = from.width; other.height = from.height;
  other.getContext("2d").drawImage(from, 0, 0);
  return other;
}

// The mask with a rim of `reach` pixels, or without one where it is negative.
function grown(from, reach) {
  const other = copy(from);
  if (!reach) return other;
  const sheet = other.getContext("2d");
  let stamp = from;
  if (reach < 0) {
    stamp = copy(from);
    const inverse = stamp.getContext("2d");
    inverse.globalCompositeOperation = "xor";
    inverse.fillStyle = COLOUR;
    inverse.fillRect(0, 0, stamp.width, stamp.height);
    sheet.globalCompositeOperation = "destination-out";
  }
  for (let ringAt = 1; ringAt <= Math.abs(reach); ringAt += Math.max(1, Math.abs(reach) / 3))
    for (let step = 0; step < 24; step++) {
      const angle = (step * Math.PI) / 12;
      sheet.drawImage(stamp, ringAt * Math.cos(angle), ringAt * Math.sin(angle));
    }
  return other;
}

function draw() {
  const sheet = shown.getContext("2d");
  if (state.pointer !== null && state.tool === "paint") {
    // the rim follows when the stroke has ended
    sheet.drawImage(mask, 0, 0);
    return;
  }
  sheet.clearRect(0, 0, shown.width, shown.height);
  sheet.drawImage(grown(mask, state.grow * state.scale), 0, 0);
  amount.textContent = state.grow > 0 ? `+${state.grow}` : String(state.grow);
  button("undo").disabled = !state.past.length;
  button("redo").disabled = !state.future.length;
  for (const tool of ["paint", "erase"]) button(tool).setAttribute("aria-pressed", String(state.tool === tool));
}

function tell() {
  const painted = mask.toDataURL("image/png");
  state.told = JSON.stringify({ picture: state.picture, mask: painted, grow: state.grow, scale: state.scale });
  props.value = state.told;
}

function keep() {
  state.past.push({ mask: copy(mask), grow: state.grow });
  if (state.past.length > MOST_KEPT) state.past.shift();
  state.future = [];
}

function back(from, to) {
  const before = from.pop();
  if (!before) return;
  to.push({ mask: copy(mask), grow: state.grow });
  pen().clearRect(0, 0, mask.width, mask.height);
  pen().drawImage(before.mask, 0, 0);
  state.grow = before.grow;
  draw();
  tell();
}

const load = (source) => new Promise((done) => {
  const image = new Image();
  image.onload = () => done(image);
  image.onerror = () => done(null);
  image.src = source;
});

async function take() {
  const value = props.value;
  if (value === state.told) return;
  state.told = value;
  let given = null;
  try { given = JSON.parse(value || "null"); } catch { given = null; }
  const [under, over] = await Promise.all([given?.picture ? load(given.picture) : null, given?.mask ? load(given.mask) : null]);
  if (state.told !== value) return;  // another one has come meanwhile
  root.classList.toggle("empty", !under);
  blank(under?.naturalWidth || 512, under?.naturalHeight || 512);
  state.picture = given?.picture ?? "";
  state.scale = given?.scale ?? 2;
  state.grow = given?.grow ?? 0;
  state.past = []; state.future = [];
  if (under) picture.getContext("2d").drawImage(under, 0, 0);
  if (over) {
    const sheet = pen();
    sheet.drawImage(over, 0, 0, mask.width, mask.height);
    sheet.globalCompositeOperation = "source-in";
    sheet.fillStyle = COLOUR;
    sheet.fillRect(0, 0, mask.width, mask.height);
    sheet.globalCompositeOperation = "source-over";
  }
  draw();
  root.dataset.taken = String(Number(root.dataset.taken || 0) + 1);
}

function place(event) {
  const box = shown.getBoundingClientRect();
  const ratio = shown.width / box.width;
  return { x: (event.clientX - box.left) * ratio, y: (event.clientY - box.top) * ratio };
}

const width = () => (Number(size.value) / 100) * mask.width;

function stroke(from, to) {
  const sheet = pen();
  sheet.globalCompositeOperation = state.tool === "erase" ? "destination-out" : "source-over";
  sheet.strokeStyle = sheet.fillStyle = COLOUR;
  sheet.lineWidth = width();
  sheet.lineCap = sheet.lineJoin = "round";
  sheet.beginPath();
  sheet.moveTo(from.x, from.y);
  sheet.lineTo(to.x + 0.01, to.y);
  sheet.stroke();
  sheet.globalCompositeOperation = "source-over";
}

function begin(event) {
  if (!state.picture || state.pointer !== null || event.button > 0) return;
  state.pointer = event.pointerId;
  field.setPointerCapture(event.pointerId);
  keep();
  state.last = place(event);
  stroke(state.last, state.last);
  draw();
}

function follow(event) {
  const box = shown.getBoundingClientRect();
  const across = (width() / shown.width) * box.width;
  const inner = field.getBoundingClientRect();
  ring.style.cssText = `left:${event.clientX - inner.left}px;top:${event.clientY - inner.top}px;width:${across}px;height:${across}px`;
  // a stroke may begin anywhere: one that comes in from outside goes on here
  if (state.pointer === null && event.buttons === 1 && event.pointerType === "mouse") begin(event);
  if (event.pointerId !== state.pointer) return;
  for (const one of event.getCoalescedEvents?.() ?? [event]) {
    const here = place(one);
    stroke(state.last, here);
    state.last = here;
  }
  draw();
}

function end(event) {
  if (event.pointerId !== state.pointer) return;
  state.pointer = null;
  draw();
  tell();
}

field.addEventListener("pointerdown", (event) => { event.preventDefault(); field.focus({ preventScroll: true }); begin(event); });
field.addEventListener("pointermove", follow);
for (const name of ["pointerup", "pointercancel"]) field.addEventListener(name, end);

function grow(step) {
  keep();
  state.grow = Math.max(-MOST_GROWN, Math.min(MOST_GROWN, state.grow + step));
  draw();
  tell();
}

function clear() {
  keep();
  pen().clearRect(0, 0, mask.width, mask.height);
  draw();
  tell();
}

const DO = {
  paint: () => { state.tool = "paint"; draw(); },
  erase: () => { state.tool = "erase"; draw(); },
  undo: () => back(state.past, state.future),
  redo: () => back(state.future, state.past),
  grow: () => grow(1),
  shrink: () => grow(-1),
  clear,
};
root.addEventListener("click", (event) => {
  const name = event.target.closest("button")?.dataset.do;
  if (name && state.picture) DO[name]?.();
});

// By keys: the arrows move the brush, the space bar puts it down, u undoes, e and b choose.
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
field.addEventListener("keydown", (event) => {
  if (!state.picture || event.ctrlKey || event.metaKey || event.altKey) return;
  state.at ??= { x: mask.width / 2, y: mask.height / 2 };
  const step = STEPS[event.key];
  const name = { u: "undo", e: "erase", b: "paint" }[event.key];
  if (!step && !name && event.key !== " ") return;
  event.preventDefault();
  if (name) { DO[name](); return; }
  if (step) {
    const far = event.shiftKey ? 2 : width() / 2;
    state.at = {
      x: Math.max(0, Math.min(mask.width, state.at.x + step[0] * far)),
      y: Math.max(0, Math.min(mask.height, state.at.y + step[1] * far)),
    };
  } else {
    keep();
    stroke(state.at, state.at);
    draw();
    tell();
  }
  const box = shown.getBoundingClientRect();
  const inner = field.getBoundingClientRect();
  const ratio = box.width / shown.width;
  const across = width() * ratio;
  ring.style.cssText = `left:${box.left - inner.left + state.at.x * ratio}px;top:${box.top - inner.top + state.at.y * ratio}px;width:${across}px;height:${across}px`;
});

// In the narrow column of Compare it comes below other choices: what is to be painted on is brought into sight.
if (root.closest(".choices:not(.restoring *)")) {
  let wide = 0;
  new ResizeObserver(([entry]) => {
    const came = !wide && entry.contentRect.width > 0;
    wide = entry.contentRect.width;
    if (came) field.scrollIntoView({ block: "nearest" });
  }).observe(field);
}

watch("value", take);
blank(512, 512);
draw();
take();
