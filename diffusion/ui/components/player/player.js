// The player: draws runs of sprites on canvases and owns play, pause, reverse, step, scrub, speed and views.
// It gets one payload {lanes: [run, ...], columns, autoplay, clock, recipe} and then needs no server.
// A run: {title, sprites, side, at: [seconds a frame], t, alphaBar, curve, labels, views: {x_t, x0, eps, z}}; a view is
// {bits, data}, data the base64 of F * N * side * side * 3 values of 8 or 4 bits. With a recipe, it can be saved.

const GAP = 2, FRAMES_A_SECOND = 24, SHORTEST_S = 1.5, LONGEST_S = 6, LOUPE_SCALE = 7;
const VIEW_NAMES = { x_t: "noisy x_t", x0: "predicted x0", eps: "predicted noise", z: "fresh noise z" };

const root = find(".player"), stage = find(".stage"), controls = find(".controls"), scrub = find(".scrub");
const play = find(".play"), reverse = find(".reverse"), speed = find(".speed"), clockChoice = find(".clock");
const readout = find(".readout"), curve = find(".curve"), viewChoice = find(".views"), loupe = find(".loupe");

let lanes = [], panels = [], columns = 1, recipe = null, clock = "step";
let shownViews = ["x_t", "x0"];   // of a single run; lanes that race show the first one
let position = 1, duration = 1, direction = 0, lastTick = 0, magnified = null;

function values({ bits, data }) {
  const raw = bytes(data);
  if (bits === 8) return raw;
  const levels = new Uint8Array(2 * raw.length);
  for (let i = 0; i < raw.length; i++) {
    levels[2 * i] = 17 * (raw[i] >> 4);
    levels[2 * i + 1] = 17 * (raw[i] & 15);
  }
  return levels;
}

function makeLane(run) {
  return { run, views: Object.fromEntries(Object.entries(run.views).map(([name, view]) => [name, values(view)])) };
}

// A panel is a canvas that shows one view of one lane.
function makePanel(lane, view, caption) {
  const figure = document.createElement("figure"), canvas = document.createElement("canvas");
  const { sprites, side } = lane.run, pitch = side + GAP;
  canvas.width = columns * pitch - GAP;
  canvas.height = Math.ceil(sprites / columns) * pitch - GAP;
  canvas.setAttribute("role", "img");
  const text = document.createElement("figcaption");
  text.textContent = caption;
  figure.append(canvas, text);
  const panel = { lane, view, figure, canvas, context: canvas.getContext("2d"), drawn: -1 };
  canvas.addEventListener("pointermove", (event) => magnify(panel, event));
  canvas.addEventListener("pointerdown", (event) => magnify(panel, event));
  canvas.addEventListener("pointerleave", () => magnify(null));
  return panel;
}

function layOut() {
  const race = lanes.length > 1, there = Object.keys(lanes[0].views);
  const chosen = shownViews.filter((name) => there.includes(name));
  const names = chosen.length ? chosen : ["x_t"];
  panels = race
    ? lanes.map((lane) => makePanel(lane, names[0] in lane.views ? names[0] : "x_t", lane.run.title ?? ""))
    : names.map((name) => makePanel(lanes[0], name, there.length > 1 ? VIEW_NAMES[name] : lanes[0].run.title ?? ""));
  stage.replaceChildren(...panels.map((panel) => panel.figure));
  stage.classList.toggle("race", race);
  panels.forEach(({ figure, lane, view }) => Object.assign(figure.dataset, { view, kind: lane.run.kind ?? "" }));
  draw();
}

// Which frame a lane shows at the position 0..1 of the shared clock.
function frameAt({ run }) {
  const last = run.at.length - 1;
  if (clock === "step") return Math.round(position * last);
  if (clock === "time") return run.at.findLastIndex((at) => at <= position * duration + 1e-9);
  const noise = 1 - position;   // clock "noise": the share of noise left, sqrt(1 - alpha_bar)
  const index = run.alphaBar.findIndex((alphaBar) => Math.sqrt(1 - alphaBar) <= noise + 1e-9);
  return index < 0 ? last : index;
}

function spritePicture({ run, views }, view, frame, sprite) {
  return spriteImage(views[view], run.side, frame * run.sprites + sprite);
}

function drawPanel(panel) {
  const { lane, view, context, canvas } = panel, frame = frameAt(lane), pitch = lane.run.side + GAP;
  if (panel.drawn === frame) return;
  panel.drawn = frame;
  for (let sprite = 0; sprite < lane.run.sprites; sprite++) {
    const x = (sprite % columns) * pitch, y = Math.floor(sprite / columns) * pitch;
    context.putImageData(spritePicture(lane, view, frame, sprite), x, y);
  }
  canvas.dataset.frame = frame;
  canvas.setAttribute("aria-label", describe(lane.run, view, frame));
}

function describe(run, view, frame) {
  if (!run.t) return `${run.sprites} sprites ${run.labels ? run.labels[frame] : ""}`.trim();
  return `${run.title} ${run.sprites} sprites, ${VIEW_NAMES[view]}, at noise level t = ${run.t[frame]}`.trim();
}

function draw() {
  panels.forEach(drawPanel);
  scrub.value = Math.round(position * scrub.max);
  readout.textContent = readoutText();
  drawPlace();
  if (magnified) drawLoupe();
}

function readoutText() {
  const { run } = lanes[0], frame = frameAt(lanes[0]);
  if (run.labels) return run.labels[frame];
  if (clock === "time") return `${(position * duration).toFixed(2)} s of computing`;
  if (!run.t) return "";
  const alphaBar = run.alphaBar[frame], ratio = Math.sqrt(alphaBar / (1 - alphaBar));
  const signal = alphaBar === 1 ? "no noise left" : `signal to noise ${ratio.toPrecision(2)} : 1`;
  return `t = ${run.t[frame]}, noise ${Math.round(100 * Math.sqrt(1 - alphaBar))} %, ${signal}`;
}

// The schedule as two curves over t, and where on them this step is.
function drawPlace() {
  const { run } = lanes[0];
  curve.toggleAttribute("hidden", !run.curve);
  if (!run.curve) return;
  const T = run.curve.t.at(-1), frame = frameAt(lanes[0]), noise = Math.sqrt(1 - run.alphaBar[frame]);
  const here = curve.querySelector(".here");
  here.setAttribute("cx", 4 + (112 * run.t[frame]) / T);
  here.setAttribute("cy", 32 - 28 * noise);
  curve.setAttribute("aria-label", `Schedule: at t = ${run.t[frame]} of ${T}, the noise weighs ${noise.toFixed(2)}`);
}

function drawCurves({ curve: points }) {
  const T = points.t.at(-1);
  const path = (height) => "M" + points.t.map((t, i) => `${4 + (112 * t) / T} ${32 - 28 * height(points.alphaBar[i])}`).join("L");
  curve.querySelector(".signal").setAttribute("d", path((alphaBar) => Math.sqrt(alphaBar)));
  curve.querySelector(".noise").setAttribute("d", path((alphaBar) => Math.sqrt(1 - alphaBar)));
}

// The sprite under the pointer, large, in all views of its lane.
function magnify(panel, event) {
  magnified = null;
  if (panel) {
    const { canvas, lane } = panel, box = canvas.getBoundingClientRect(), pitch = lane.run.side + GAP;
    const padding = parseFloat(getComputedStyle(canvas).paddingLeft);
    const scale = canvas.width / (box.width - 2 * padding);
    const column = Math.floor(((event.clientX - box.left - padding) * scale) / pitch);
    const row = Math.floor(((event.clientY - box.top - padding) * scale) / pitch);
    const sprite = row * columns + column;
    if (column >= 0 && column < columns && sprite >= 0 && sprite < lane.run.sprites) magnified = { lane, sprite };
  }
  loupe.hidden = !magnified;
  if (!magnified) return;
  drawLoupe();
  const around = root.getBoundingClientRect();
  const left = Math.min(event.clientX - around.left + 16, around.width - loupe.offsetWidth);
  const below = event.clientY + 24 + loupe.offsetHeight < innerHeight;
  loupe.style.left = `${Math.max(0, left)}px`;
  loupe.style.top = `${event.clientY - around.top + (below ? 24 : -24 - loupe.offsetHeight)}px`;
}

function drawLoupe() {
  const { lane, sprite } = magnified, frame = frameAt(lane);
  const pictures = Object.keys(lane.views).map((view) => {
    const figure = document.createElement("figure"), canvas = document.createElement("canvas");
    canvas.width = canvas.height = lane.run.side;
    canvas.style.width = `${LOUPE_SCALE * 16}px`;
    canvas.getContext("2d").putImageData(spritePicture(lane, view, frame, sprite), 0, 0);
    figure.append(canvas, Object.keys(lane.views).length > 1 ? VIEW_NAMES[view] : "");
    return figure;
  });
  loupe.replaceChildren(...pictures);
}

// direction: 1 plays, -1 plays backwards, 0 stands.
function setPlaying(wanted) {
  direction = lanes.length ? wanted : 0;
  play.textContent = direction > 0 ? "❚❚" : "▶";
  play.setAttribute("aria-label", direction > 0 ? "Pause" : "Play");
  reverse.textContent = direction < 0 ? "❚❚" : "◀";
  reverse.setAttribute("aria-label", direction < 0 ? "Pause" : "Play backwards");
  if (!direction) return;
  if (direction > 0 && position >= 1) position = 0;
  if (direction < 0 && position <= 0) position = 1;
  lastTick = performance.now();
  requestAnimationFrame(tick);
}

function tick(now) {
  if (!direction || !element.isConnected) return;
  const moved = (Math.max(0, now - lastTick) / 1000) * Number(speed.value) / duration;
  position = Math.min(1, Math.max(0, position + direction * moved));
  lastTick = now;
  draw();
  if (direction > 0 ? position >= 1 : position <= 0) setPlaying(0);
  else requestAnimationFrame(tick);
}

function moveTo(place) {
  setPlaying(0);
  position = Math.min(1, Math.max(0, place));
  draw();
}

const step = (count) => moveTo((Math.round(position * scrub.max) + count) / scrub.max);

// One clock for all lanes: "step" counts frames, "time" seconds of computing, "noise" what is left of the noise.
function setClock(name) {
  const frames = Math.max(...lanes.map((lane) => lane.run.at.length));
  const last = Math.max(...lanes.map((lane) => lane.run.at.at(-1)));
  clock = name;
  duration = clock === "time" ? last : Math.min(LONGEST_S, Math.max(SHORTEST_S, frames / FRAMES_A_SECOND));
  scrub.max = clock === "step" ? Math.max(1, frames - 1) : 1000;
}

function offerViews(race) {
  const names = Object.keys(lanes[0].views);
  viewChoice.hidden = names.length < 2;
  viewChoice.replaceChildren(...names.map((name) => {
    const label = document.createElement("label"), box = document.createElement("input");
    box.type = race ? "radio" : "checkbox";
    box.name = "view";
    box.value = name;
    box.checked = race ? name === shownViews[0] : shownViews.includes(name);
    label.append(box, VIEW_NAMES[name]);
    return label;
  }));
}

// Where a series that has grown shows what the learner had gone back to; its end, if that was being watched.
function samePlace(run) {
  const known = position < 1 && lanes[0]?.run.labels ? run.labels.indexOf(lanes[0].run.labels[frameAt(lanes[0])]) : -1;
  return known < 0 ? 1 : known / Math.max(1, run.at.length - 1);
}

function show(payload) {
  const race = payload.lanes.length > 1, place = payload.grows ? samePlace(payload.lanes[0]) : 1;
  lanes = payload.lanes.map(makeLane);
  columns = payload.columns;
  recipe = payload.recipe;
  const moves = lanes.some((lane) => lane.run.at.length > 1);
  controls.hidden = !moves;
  clockChoice.hidden = !race || Boolean(payload.clock);
  find(".saves").hidden = !recipe;
  if (lanes[0].run.curve) drawCurves(lanes[0].run);
  offerViews(race);
  setClock(payload.clock || (race ? clockChoice.value : "step"));
  const starts = payload.autoplay && moves && !matchMedia("(prefers-reduced-motion: reduce)").matches;
  position = starts ? 0 : place;
  magnify(null);
  layOut();
  setPlaying(starts ? 1 : 0);
}

play.addEventListener("click", () => setPlaying(direction > 0 ? 0 : 1));
reverse.addEventListener("click", () => setPlaying(direction < 0 ? 0 : -1));
find(".back").addEventListener("click", () => step(-1));
find(".forward").addEventListener("click", () => step(1));
scrub.addEventListener("input", () => moveTo(scrub.value / scrub.max));
viewChoice.addEventListener("change", () => {
  const checked = [...viewChoice.querySelectorAll("input:checked")].map((box) => box.value);
  shownViews = checked.length ? checked : ["x_t"];
  layOut();
});
clockChoice.addEventListener("change", () => {
  setClock(clockChoice.value);
  draw();
});

const KEYS = {
  " ": () => setPlaying(direction ? 0 : 1),
  ArrowLeft: () => step(-1),
  ArrowRight: () => step(1),
  Home: () => moveTo(0),
  End: () => moveTo(1),
};
element.addEventListener("keydown", (event) => {
  const own = { BUTTON: [" "], SELECT: Object.keys(KEYS), INPUT: Object.keys(KEYS) }[event.target.tagName] ?? [];
  const keep = event.target === scrub ? Object.keys(KEYS).filter((key) => key !== " ") : own;
  if (!(event.key in KEYS) || keep.includes(event.key) || controls.hidden) return;
  event.preventDefault();
  KEYS[event.key]();
});

for (const button of element.querySelectorAll(".save")) {
  const { kind } = button.dataset, name = button.textContent;
  button.addEventListener("click", async () => {
    button.disabled = true;
    button.textContent = "Saving...";
    const file = await server[kind](recipe).catch(() => null);
    button.disabled = false;
    button.textContent = file ? name : "Could not be saved: try again";
    if (!file) return;
    const link = document.createElement("a");
    link.href = `data:image/${kind};base64,${file}`;
    link.download = `sprites.${kind}`;
    link.click();
  });
}

const refresh = () => props.value && show(JSON.parse(props.value));
refresh();
watch("value", refresh);
