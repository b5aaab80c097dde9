// The player: draws runs of sprites on canvases and owns play, pause, scrub, speed and views.
// It gets one payload {lanes: [run, ...], columns, autoplay, clock, recipe} and then needs no server.
// A run: {title, sprites, side, at: [seconds a frame], t, alphaBar, labels, views: {x_t, x0, eps}}, a view being the
// base64 of F * N * side * side * 3 bytes. With a recipe, the run can be saved as a GIF.

const SAVE = "Save GIF";
const GAP = 2, FRAMES_A_SECOND = 24, SHORTEST_S = 1.5, LONGEST_S = 6;
const VIEW_NAMES = { x_t: "noisy x_t", x0: "predicted x0", eps: "predicted noise" };

const find = (selector) => element.querySelector(selector);
const stage = find(".stage"), controls = find(".controls"), play = find(".play"), scrub = find(".scrub");
const speed = find(".speed"), viewChoice = find(".view"), clockChoice = find(".clock");
const readout = find(".readout"), save = find(".save");

let lanes = [], recipe = null, clock = "step", view = "x_t";
let position = 1, duration = 1, playing = false, lastTick = 0;

const bytes = (base64) => Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));

function makeLane(run, columns) {
  const figure = document.createElement("figure");
  const canvas = document.createElement("canvas");
  const rows = Math.ceil(run.sprites / columns);
  canvas.width = columns * (run.side + GAP) - GAP;
  canvas.height = rows * (run.side + GAP) - GAP;
  canvas.setAttribute("role", "img");
  const caption = document.createElement("figcaption");
  figure.append(canvas, caption);
  const views = Object.fromEntries(Object.entries(run.views).map(([name, data]) => [name, bytes(data)]));
  return { run, views, columns, canvas, caption, figure, context: canvas.getContext("2d"), drawn: "" };
}

// Which frame a lane shows at position 0..1 of the shared clock.
function frameAt(lane, position) {
  const last = lane.run.at.length - 1;
  if (clock === "step") return Math.round(position * last);
  if (clock === "time") return lane.run.at.findLastIndex((at) => at <= position * duration + 1e-9);
  const noise = 1 - position;   // clock "noise": the share of noise left, sqrt(1 - alpha_bar)
  const index = lane.run.alphaBar.findIndex((alphaBar) => Math.sqrt(1 - alphaBar) <= noise + 1e-9);
  return index < 0 ? last : index;
}

function drawLane(lane) {
  const frame = frameAt(lane, position), name = view in lane.views ? view : "x_t";
  if (lane.drawn === name + frame) return;
  lane.drawn = name + frame;
  const { context, columns, run } = lane, pixels = lane.views[name], size = run.side * run.side * 3;
  const picture = context.createImageData(run.side, run.side), pitch = run.side + GAP;
  for (let sprite = 0; sprite < run.sprites; sprite++) {
    const start = (frame * run.sprites + sprite) * size;
    for (let i = 0, j = start; i < picture.data.length; i += 4, j += 3) {
      picture.data[i] = pixels[j];
      picture.data[i + 1] = pixels[j + 1];
      picture.data[i + 2] = pixels[j + 2];
      picture.data[i + 3] = 255;
    }
    context.putImageData(picture, (sprite % columns) * pitch, Math.floor(sprite / columns) * pitch);
  }
  lane.canvas.dataset.frame = frame;
  lane.canvas.setAttribute("aria-label", describe(lane, frame));
  lane.caption.textContent = lane.run.title ?? "";
}

function describe(lane, frame) {
  const { run } = lane;
  if (!run.t) return `${run.sprites} sprites ${run.labels ? run.labels[frame] : ""}`.trim();
  return `${run.title} ${run.sprites} sprites at noise level t = ${run.t[frame]}`.trim();
}

function draw() {
  lanes.forEach(drawLane);
  scrub.value = Math.round(position * scrub.max);
  readout.textContent = readoutText();
}

function readoutText() {
  const { run } = lanes[0], frame = frameAt(lanes[0], position);
  if (run.labels) return run.labels[frame];
  if (clock === "time") return `${(position * duration).toFixed(2)} s of computing`;
  if (!run.t) return "";
  const left = Math.round(100 * Math.sqrt(1 - run.alphaBar[frame]));
  return `t = ${run.t[frame]}, noise ${left} %`;
}

function setPlaying(on) {
  playing = on && lanes.length > 0;
  play.textContent = playing ? "❚❚" : "▶";
  play.setAttribute("aria-label", playing ? "Pause" : "Play");
  if (!playing) return;
  if (position >= 1) position = 0;
  lastTick = performance.now();
  requestAnimationFrame(tick);
}

function tick(now) {
  if (!playing || !element.isConnected) return;
  position = Math.min(1, position + ((now - lastTick) / 1000) * Number(speed.value) / duration);
  lastTick = now;
  draw();
  if (position >= 1) setPlaying(false);
  else requestAnimationFrame(tick);
}

// One clock for all lanes: "step" counts frames, "time" seconds of computing, "noise" what is left of the noise.
function setClock(name) {
  const frames = Math.max(...lanes.map((lane) => lane.run.at.length));
  const last = Math.max(...lanes.map((lane) => lane.run.at.at(-1)));
  clock = name;
  duration = clock === "time" ? last : Math.min(LONGEST_S, Math.max(SHORTEST_S, frames / FRAMES_A_SECOND));
  scrub.max = clock === "step" ? Math.max(1, frames - 1) : 1000;
}

function show(payload) {
  lanes = payload.lanes.map((run) => makeLane(run, payload.columns));
  const moves = lanes.some((lane) => lane.run.at.length > 1), race = lanes.length > 1;
  stage.replaceChildren(...lanes.map((lane) => lane.figure));
  stage.classList.toggle("race", race);
  controls.hidden = !moves;
  viewChoice.hidden = !("x0" in payload.lanes[0].views);
  clockChoice.hidden = !race || payload.clock !== null;
  save.hidden = !payload.recipe;
  recipe = payload.recipe;
  setClock(payload.clock ?? (race ? clockChoice.value : "step"));
  const starts = payload.autoplay && moves && !matchMedia("(prefers-reduced-motion: reduce)").matches;
  position = starts ? 0 : 1;
  draw();
  setPlaying(starts);
}

play.addEventListener("click", () => setPlaying(!playing));
scrub.addEventListener("input", () => {
  setPlaying(false);
  position = scrub.value / scrub.max;
  draw();
});
viewChoice.addEventListener("change", () => {
  view = viewChoice.value;
  draw();
});
clockChoice.addEventListener("change", () => {
  setClock(clockChoice.value);
  draw();
});
element.addEventListener("keydown", (event) => {
  if (event.key !== " " || event.target === play || event.target.tagName === "SELECT") return;
  event.preventDefault();
  setPlaying(!playing);
});
for (const [value, label] of Object.entries(VIEW_NAMES)) viewChoice.add(new Option(label, value));

save.addEventListener("click", async () => {
  save.disabled = true;
  save.textContent = "Saving...";
  const gif = await server.gif(recipe).catch(() => null);
  save.disabled = false;
  save.textContent = gif ? SAVE : "Could not be saved: try again";
  if (!gif) return;
  const link = document.createElement("a");
  link.href = `data:image/gif;base64,${gif}`;
  link.download = "sprites.gif";
  link.click();
});

const refresh = () => props.value && show(JSON.parse(props.value));
refresh();
watch("value", refresh);
