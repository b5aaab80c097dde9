// The player: draws runs of sprites on canvases and owns play, pause, reverse, step, scrub, speed and views.
// value: one payload {lanes: [run, ...], columns, autoplay, clock, recipe}, or {kept: where a large one is to be
// fetched}; then it needs no server.
// A run: {title, sprites, side, at: [seconds a frame], t, alphaBar, curve, labels, views: {x_t, x0, eps, z}}; a view is
// {bits, data}, data the base64 of F * N * side * side * 3 values of 8 or 4 bits, or these bytes themselves. With a
// recipe, it can be saved. One that is under way says {step, steps} as underWay, and comes again and again; upon the
// event "stopped" at .player, what was seen of it so far can be scrubbed, until another one has "begun". Before there
// is any, it shows what was recorded, if props.recorded says where. A run that this browser has drawn comes as the
// payload of an event "run" at .player.

const GAP = 2, FRAMES_A_SECOND = 24, SHORTEST_S = 1.5, LONGEST_S = 6, LOUPE_SPRITE = 112;   // px
const MOST_SEEN = 100;   // states of a run under way
const MIDWAY = 0.55;   // where a recorded run stands: there the most is to be seen
const POINTER_GAP = 16, LOUPE_GAP = 24;

const root = find(".player"), stage = find(".stage"), controls = find(".controls"), scrub = find(".scrub");
const play = find(".play"), reverse = find(".reverse"), speed = find(".speed"), clockChoice = find(".clock");
const readout = find(".readout"), curve = find(".curve"), viewChoice = find(".views"), loupe = find(".loupe");

const state = {
  lanes: [],    // {run, views: {name: pixels}}
  panels: [],   // {lane, view, figure, canvas, context, drawn: the frame it shows}
  columns: 1,
  recipe: null,
  clock: "step",               // or "time", "noise": see setClock
  shownViews: ["x_t", "x0"],   // of a single run; lanes that race show the first one
  position: 1,       // 0..1 on the clock
  duration: 1,       // seconds from 0 to 1
  direction: 0,      // 1 plays, -1 plays backwards, 0 stands
  lastTick: 0,       // ms
  magnified: null,   // {lane, sprite} in the loupe
  seen: [],          // the payloads of a run that is under way
  isStopped: false,  // whether that was stopped: what still comes of it was on its way
};

// ---- lanes and panels

function values({ bits, data }) {
  if (data instanceof Uint8Array) return data;
  const raw = bytes(data);
  if (bits === 8) return raw;
  const levels = new Uint8Array(2 * raw.length);
  for (let i = 0; i < raw.length; i++) {
    levels[2 * i] = 17 * (raw[i] >> 4);
    levels[2 * i + 1] = 17 * (raw[i] & 15);
  }
  return levels;
}

// The views of a run, each unpacked when it is first shown.
function makeLane(run) {
  const unpacked = {}, views = {};
  for (const [name, view] of Object.entries(run.views)) {
    Object.defineProperty(views, name, { enumerable: true, get: () => (unpacked[name] ??= values(view)) });
  }
  return { run, views };
}

const pitch = ({ run }) => run.side + GAP;

// A panel is a canvas that shows one view of one lane.
function makePanel(lane, view, caption) {
  const { columns } = state, { run } = lane, canvas = make("canvas");
  canvas.width = columns * pitch(lane) - GAP;
  canvas.height = Math.ceil(run.sprites / columns) * pitch(lane) - GAP;
  canvas.setAttribute("role", "img");
  const figure = make("figure", "", canvas, make("figcaption", "", caption));
  Object.assign(figure.dataset, { view, kind: run.kind ?? "" });
  const panel = { lane, view, figure, canvas, context: canvas.getContext("2d"), drawn: -1 };
  canvas.addEventListener("pointermove", (event) => magnify(panel, event));
  canvas.addEventListener("pointerdown", (event) => magnify(panel, event));
  canvas.addEventListener("pointerleave", hideLoupe);
  return panel;
}

function makePanels() {
  const { lanes } = state, there = Object.keys(lanes[0].views);
  const chosen = state.shownViews.filter((name) => there.includes(name));
  const names = chosen.length ? chosen : ["x_t"], title = ({ run }) => run.title ?? "";
  if (lanes.length > 1) {
    return lanes.map((lane) => makePanel(lane, names[0] in lane.views ? names[0] : "x_t", title(lane)));
  }
  return names.map((name) => makePanel(lanes[0], name, there.length > 1 ? VIEW_NAMES[name] : title(lanes[0])));
}

function layOut() {
  state.panels = makePanels();
  stage.replaceChildren(...state.panels.map((panel) => panel.figure));
  stage.classList.toggle("race", state.lanes.length > 1);
  draw();
}

function offerViews() {
  const { lanes, shownViews } = state, race = lanes.length > 1, names = Object.keys(lanes[0].views);
  viewChoice.hidden = names.length < 2;
  viewChoice.replaceChildren(...names.map((name) => {
    const checked = race ? name === shownViews[0] : shownViews.includes(name);
    const box = Object.assign(make("input"), { type: race ? "radio" : "checkbox", name: "view", value: name, checked });
    return make("label", "", box, VIEW_NAMES[name]);
  }));
}

// ---- drawing

// Which frame a lane shows at the position 0..1 of the shared clock.
function frameAt({ run }) {
  const { clock, position, duration } = state, last = run.at.length - 1;
  if (clock === "step") return Math.round(position * last);
  if (clock === "time") return run.at.findLastIndex((at) => at <= position * duration + 1e-9);
  const left = 1 - position;   // clock "noise": the share of noise
  const index = run.alphaBar.findIndex((alphaBar) => noiseShare(alphaBar) <= left + 1e-9);
  return index < 0 ? last : index;
}

function drawPanel(panel) {
  const { lane, view, context, canvas } = panel, { run } = lane, frame = frameAt(lane);
  if (panel.drawn === frame) return;
  panel.drawn = frame;
  for (let sprite = 0; sprite < run.sprites; sprite++) {
    const column = sprite % state.columns, row = Math.floor(sprite / state.columns);
    const image = spriteImage(lane.views[view], run.side, frame * run.sprites + sprite);
    context.putImageData(image, column * pitch(lane), row * pitch(lane));
  }
  canvas.dataset.frame = frame;
  canvas.setAttribute("aria-label", describe(run, view, frame));
}

function describe(run, view, frame) {
  if (!run.t) return `${run.sprites} sprites ${run.labels ? run.labels[frame] : ""}`.trim();
  return `${run.title} ${run.sprites} sprites, ${VIEW_NAMES[view]}, at t = ${run.t[frame]}`.trim();
}

function draw() {
  state.panels.forEach(drawPanel);
  scrub.value = Math.round(state.position * scrub.max);
  readout.textContent = readoutText();
  drawPlace();
  if (state.magnified) drawLoupe();
}

function readoutText() {
  const [lane] = state.lanes, { run } = lane, frame = frameAt(lane);
  if (run.labels) return run.labels[frame];
  if (state.clock === "time") return `${(state.position * state.duration).toFixed(2)} s of computing`;
  if (!run.t) return "";
  const alphaBar = run.alphaBar[frame], snr = alphaBar / (1 - alphaBar);
  if (alphaBar === 1) return `t = ${run.t[frame]}, no noise left`;
  const ratio = snr < 100 ? snr.toPrecision(2) : count(Math.round(snr));
  return `t = ${run.t[frame]}, ${percent(noiseShare(alphaBar))} noise, SNR ${ratio}`;
}

// ---- the schedule as two curves over t, and where on them this step is

const curveX = (t, T) => 4 + (112 * t) / T;
const curveY = (height) => 32 - 28 * height;

function drawCurves({ t, alphaBar }) {
  const path = (height) => `M${t.map((at, i) => `${curveX(at, t.at(-1))} ${curveY(height(alphaBar[i]))}`).join("L")}`;
  curve.querySelector(".signal").setAttribute("d", path((kept) => Math.sqrt(kept)));
  curve.querySelector(".noise").setAttribute("d", path((kept) => Math.sqrt(1 - kept)));
}

function drawPlace() {
  const [lane] = state.lanes, { run } = lane;
  curve.toggleAttribute("hidden", !run.curve);
  if (!run.curve) return;
  const T = run.curve.t.at(-1), frame = frameAt(lane), t = run.t[frame], noise = Math.sqrt(1 - run.alphaBar[frame]);
  const here = curve.querySelector(".here");
  here.setAttribute("cx", curveX(t, T));
  here.setAttribute("cy", curveY(noise));
  curve.setAttribute("aria-label", `Schedule: at t = ${t} of ${T}, the noise weighs ${noise.toFixed(2)}`);
}

// ---- the loupe: the sprite under the pointer, large, in all views of its lane

function magnify(panel, event) {
  const sprite = spriteUnder(panel, event);
  if (sprite === null) return hideLoupe();
  state.magnified = { lane: panel.lane, sprite };
  loupe.hidden = false;
  drawLoupe();
  placeLoupe(event);
}

function hideLoupe() {
  state.magnified = null;
  loupe.hidden = true;
}

function spriteUnder({ canvas, lane }, { clientX, clientY }) {
  const box = canvas.getBoundingClientRect(), padding = parseFloat(getComputedStyle(canvas).paddingLeft);
  const scale = canvas.width / (box.width - 2 * padding);
  const along = (at, start) => Math.floor(((at - start - padding) * scale) / pitch(lane));
  const column = along(clientX, box.left), sprite = along(clientY, box.top) * state.columns + column;
  const isOne = column >= 0 && column < state.columns && sprite >= 0 && sprite < lane.run.sprites;
  return isOne ? sprite : null;
}

function placeLoupe({ clientX, clientY }) {
  const around = root.getBoundingClientRect(), { offsetWidth: width, offsetHeight: height } = loupe;
  const left = Math.min(clientX - around.left + POINTER_GAP, around.width - width);
  const fitsBelow = clientY + LOUPE_GAP + height < innerHeight;
  loupe.style.left = `${Math.max(0, left)}px`;
  loupe.style.top = `${clientY - around.top + (fitsBelow ? LOUPE_GAP : -LOUPE_GAP - height)}px`;
}

function drawLoupe() {
  const { lane, sprite } = state.magnified, { run, views } = lane, k = frameAt(lane) * run.sprites + sprite;
  const names = Object.keys(views);
  loupe.replaceChildren(...names.map((view) => {
    const canvas = makeSprite(views[view], run.side, k);
    canvas.style.width = `${LOUPE_SPRITE}px`;
    return make("figure", "", canvas, names.length > 1 ? VIEW_NAMES[view] : "");
  }));
}

// ---- moving

function showMoves(button, moves, sign, name) {
  button.textContent = moves ? "❚❚" : sign;
  button.setAttribute("aria-label", moves ? "Pause" : name);
}

function setPlaying(wanted) {
  const direction = state.lanes.length ? wanted : 0;
  state.direction = direction;
  showMoves(play, direction > 0, "▶", "Play");
  showMoves(reverse, direction < 0, "◀", "Play backwards");
  if (!direction) return;
  if (hasEnded()) state.position = 1 - state.position;
  state.lastTick = performance.now();
  requestAnimationFrame(tick);
}

const hasEnded = () => state.position === (state.direction > 0 ? 1 : 0);

function tick(now) {
  const { direction, lastTick, duration } = state;
  if (!direction || !element.isConnected) return;
  const moved = ((Math.max(0, now - lastTick) / 1000) * Number(speed.value)) / duration;
  state.position = clamp(state.position + direction * moved);
  state.lastTick = now;
  draw();
  if (hasEnded()) setPlaying(0);
  else requestAnimationFrame(tick);
}

function moveTo(place) {
  setPlaying(0);
  state.position = clamp(place);
  draw();
}

const step = (frames) => moveTo((Math.round(state.position * scrub.max) + frames) / scrub.max);

// One clock for all lanes: "step" counts frames, "time" seconds of computing, "noise" what is left of the noise.
function setClock(name) {
  const frames = Math.max(...state.lanes.map(({ run }) => run.at.length));
  const seconds = Math.max(...state.lanes.map(({ run }) => run.at.at(-1)));
  state.clock = name;
  state.duration = name === "time" ? seconds : clamp(frames / FRAMES_A_SECOND, SHORTEST_S, LONGEST_S);
  scrub.max = name === "step" ? Math.max(1, frames - 1) : 1000;
}

// ---- what is shown

// Where a series that has grown shows what the learner had gone back to; its end, if that was being watched.
function samePlace(run) {
  const [before] = state.lanes;
  if (state.position === 1 || !before?.run.labels) return 1;
  const known = run.labels.indexOf(before.run.labels[frameAt(before)]);
  return known < 0 ? 1 : known / Math.max(1, run.at.length - 1);
}

const movesIn = (payload) => payload.lanes.some((run) => run.at.length > 1);

function present(payload) {
  complain({});
  const { columns, recipe } = payload, [first] = payload.lanes, race = payload.lanes.length > 1;
  const place = payload.grows ? samePlace(first) : payload.place ?? 1, moves = movesIn(payload);
  const starts = payload.autoplay && moves && !matchMedia("(prefers-reduced-motion: reduce)").matches;
  Object.assign(state, { lanes: payload.lanes.map(makeLane), columns, recipe });
  controls.hidden = !moves;
  root.classList.toggle("keeps-room", Boolean(first.underWay || payload.grows));   // for controls that come later
  clockChoice.hidden = !race || Boolean(payload.clock);
  find(".saves").hidden = !recipe;
  if (first.curve) drawCurves(first.curve);
  offerViews();
  setClock(payload.clock || (race ? clockChoice.value : "step"));
  state.position = starts ? 0 : place;
  hideLoupe();
  layOut();
  setPlaying(starts ? 1 : 0);
}

function show(payload) {
  if (!payload) return;
  if (payload.lanes[0].underWay) return showUnderWay(payload);
  forgetSeen();
  present(payload);
  if (movesIn(payload) || payload.recipe) tellPlayed();
}

// A run has come to its end: the document hears which player shows it, and of how many lanes.
function tellPlayed() {
  const player = root.closest("[id$=-player]")?.id, lanes = state.lanes.length;
  document.dispatchEvent(new CustomEvent("played", { detail: { player, lanes } }));
}

// ---- a run under way

function showUnderWay(payload) {
  state.seen = [...thinned(state.seen), payload];
  if (state.isStopped) return showStopped();
  root.classList.add("under-way");
  present(payload);
}

const thinned = (seen) => (seen.length < MOST_SEEN ? seen : seen.filter((_, i) => i % 2 === 0));

function forgetSeen() {
  root.classList.remove("under-way");
  Object.assign(state, { seen: [], isStopped: false });
}

// What was seen of a run that was stopped, from its first state to its last, each view as one array.
function showStopped() {
  const { seen } = state;
  if (!seen.length) return;
  state.isStopped = true;
  root.classList.remove("under-way");
  const lanes = seen.map((payload) => payload.lanes[0]), [first] = lanes, { step, steps } = lanes.at(-1).underWay;
  const labels = lanes.map(({ underWay }) => `step ${underWay.step} of ${steps}`);
  const views = Object.fromEntries(Object.keys(first.views).map((name) => [name, joinedView(lanes, name)]));
  const last = `stopped at step ${step} of ${steps}`;
  const run = { ...first, at: [...lanes.keys()], labels: labels.with(-1, last), views };
  present({ ...seen.at(-1), lanes: [run] });
}

function joinedView(lanes, name) {
  const parts = lanes.map(({ views }) => values(views[name])), data = new Uint8Array(parts.length * parts[0].length);
  parts.forEach((part, i) => data.set(part, i * part.length));
  return { bits: 8, data };
}

// ---- what the learner does

play.addEventListener("click", () => setPlaying(state.direction > 0 ? 0 : 1));
reverse.addEventListener("click", () => setPlaying(state.direction < 0 ? 0 : -1));
find(".back").addEventListener("click", () => step(-1));
find(".forward").addEventListener("click", () => step(1));
scrub.addEventListener("input", () => moveTo(scrub.value / scrub.max));
viewChoice.addEventListener("change", () => {
  const checked = [...viewChoice.querySelectorAll("input:checked")].map((box) => box.value);
  state.shownViews = checked.length ? checked : ["x_t"];
  layOut();
});
clockChoice.addEventListener("change", () => {
  setClock(clockChoice.value);
  draw();
});

const KEYS = {
  " ": () => setPlaying(state.direction ? 0 : 1),
  ArrowLeft: () => step(-1),
  ArrowRight: () => step(1),
  Home: () => moveTo(0),
  End: () => moveTo(1),
};

// What the control that has the focus does with a key itself.
function ownKeys(target) {
  const all = Object.keys(KEYS);
  if (target === scrub) return all.filter((key) => key !== " ");
  return { BUTTON: [" "], SELECT: all, INPUT: all }[target.tagName] ?? [];
}

element.addEventListener("keydown", (event) => {
  if (!(event.key in KEYS) || ownKeys(event.target).includes(event.key) || controls.hidden) return;
  event.preventDefault();
  KEYS[event.key]();
});

// What the server sends next is new then, even if it is the same again.
function forgetValue() {
  props.value = "";
}

root.addEventListener("stopped", showStopped);
root.addEventListener("begun", forgetSeen);
offerSaving(() => state.recipe, "Saving...");
follow("value", async (told) => {
  const { value } = props, payload = told?.kept ? await fetched(told.kept) : told;
  if (!payload || props.value !== value) return;   // something newer has come meanwhile
  if (payload.error) return complain(payload);
  show(payload);
  if (payload.autoplay) setTimeout(forgetValue);
});
root.classList.toggle("awaits", Boolean(props.recorded));
offerRecorded(() => !state.lanes.length, (run) => show({ ...run, autoplay: false, place: MIDWAY }), complain);
root.addEventListener("run", ({ detail }) => {
  forgetValue();
  show(detail);
});
