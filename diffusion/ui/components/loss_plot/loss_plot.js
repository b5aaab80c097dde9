// The live loss plot: the loss over steps or time, and the sprites' quality under it, on one canvas.
// value: JSON of LossSeries.value(), see training/history.py. It is always the whole history: any update may be missed.

const LEFT = 46, RIGHT = 50, TOP = 8, BETWEEN = 30, AXIS = 24, QUALITY_SHARE = 0.3;
const TICK_GAP = 56, FLAG_GAP = 8, DOT_GAP = 8, LABEL_GAP = 84, NEAR = 8, NEAR_QUALITY = 14, GLIDE_MS = 250, PAGE = 10;
const POLES = { last: 18, best: 32 }, POLE = 10;
const DECADE = [1, 2, 5, 10];
const SPANS = [   // of time, in seconds
  10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 300, 360, 480, 600, 750, 900, 1200, 1500, 1800, 2400, 3000, 3600,
];
const CLOCK_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800];
const NOTHING = { step: [], seconds: [], loss: [], smooth: [], marks: [], quality: [], real: null, learning_rate: [] };
const HINT = "Point at the curve, or use the arrow keys, to read it.";

const canvas = find(".curves"), pen = canvas.getContext("2d");
const realKey = find(".keys .real"), UNMEASURED = realKey.textContent;
const choice = (window.lossPlotChoice ??= { scale: "log", along: "step" });   // as long as the page lives

const state = {
  data: NOTHING,
  room: { width: 0, height: 0 },   // of the canvas, in px
  drawn: false,    // whether a curve has been drawn: only then its axes glide
  reach: null,     // the smallest and largest values so far: a point that is thinned out must not move an axis
  limits: null,    // of the axes as they are now
  gliding: null,   // {from, to, start} while they are on their way to others
  colours: {},     // of the page, see palette
  reading: null,   // {x} under the pointer, or {step} chosen with the keyboard or a finger
};

const figures = (value) => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));
const plain = (value) => String(Number(value.toPrecision(4)));

function clock(seconds) {
  const whole = Math.round(seconds), two = (n) => String(n).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

// ---- axes: their limits are round numbers, so that they rest while the curve grows

const isLog = () => choice.scale === "log";
const scaled = (value) => (isLog() ? Math.log10(value) : value);
const along = (point) => point[choice.along];

function widen(range, values) {
  for (const value of values) {
    if (value < range[0]) range[0] = value;
    if (value > range[1]) range[1] = value;
  }
}

function measureReach() {
  const { data } = state, first = data.seconds[0], last = data.step.at(-1) ?? 0;
  if (!state.reach || state.reach.first !== first || last < state.reach.last) startAnew(first);
  const { reach } = state;
  reach.last = last;
  widen(reach.loss, data.loss);
  widen(reach.loss, data.smooth);
  widen(reach.fsd, data.quality.map(({ fsd }) => fsd));
  if (data.quality.length && data.real) widen(reach.fsd, [data.real.fsd]);
}

// It is the history of another training.
function startAnew(first) {
  state.reach = { first, last: 0, loss: [Infinity, 0], fsd: [Infinity, 0] };
  state.limits = state.gliding = null;
}

// The limits that the axes should have.
function goal() {
  const { data, reach } = state;
  const end = Math.max(along(data).at(-1) ?? 0, ...data.quality.map(along), 10);
  const span = choice.along === "seconds" && SPANS.find((span) => span >= end);
  const [low, high] = reach.loss[1] ? reach.loss : [0.1, 2];
  const [best, worst] = reach.fsd[1] ? reach.fsd : [1, 100];
  return {
    x: span || roundUp(end, LADDER),
    low: isLog() ? Math.log10(roundDown(low, DECADE)) : 0,
    high: isLog() ? Math.log10(roundUp(high, DECADE)) : roundUp(high, LADDER),
    best: Math.log10(roundDown(best, DECADE)),
    worst: Math.log10(roundUp(worst * 1.001, DECADE)),
  };
}

// The values 1, 2, 5 of each decade; only the decades, where that is more than `most`.
function decadeTicks(low, high, most) {
  const within = (steps) => {
    const powers = Array.from({ length: Math.ceil(high) - Math.floor(low) + 1 }, (_, i) => Math.floor(low) + i);
    const values = powers.flatMap((power) => steps.map((step) => step * 10 ** power));
    return values.filter((value) => Math.log10(value) >= low - 1e-6 && Math.log10(value) <= high + 1e-6);
  };
  const all = within([1, 2, 5]);
  return all.length > most ? within([1]) : all;
}

function evenTicks(end, step) {
  return Array.from({ length: Math.floor(end / step + 1e-9) + 1 }, (_, i) => i * step);
}

function lossTicks({ low, high }) {
  return isLog() ? decadeTicks(low, high, 8) : evenTicks(high, roundUp(high / 5, DECADE));
}

function ticksAlong(end, width) {
  const most = Math.max(2, Math.floor(width / TICK_GAP)), wanted = end / most;
  const ofClock = choice.along === "seconds" && CLOCK_STEPS.find((step) => step >= wanted);
  return evenTicks(end, ofClock || roundUp(Math.max(1, wanted), DECADE));
}

// ---- where things stand: `box` is the frame of both plots, the loss above, the quality below

function frame() {
  const { width, height } = state.room, bottom = height - AXIS, body = bottom - TOP - BETWEEN;
  const high = bottom - Math.round(QUALITY_SHARE * body);
  return { left: LEFT, right: width - RIGHT, top: TOP, foot: high - BETWEEN, high, bottom };
}

const between = (from, to, share) => from + (to - from) * share;
const part = (value, low, high) => (value - low) / (high - low || 1);
const xOf = (box, value) => between(box.left, box.right, value / state.limits.x);
const shareY = (box, value) => between(box.bottom, box.high, value);
const middleOf = (pixel) => Math.round(pixel) + 0.5;   // so that a line of one pixel is sharp

function lossY(box, value) {
  return between(box.foot, box.top, part(scaled(value), state.limits.low, state.limits.high));
}

function fsdY(box, value) {
  return between(box.bottom, box.high, part(Math.log10(value), state.limits.best, state.limits.worst));
}

// ---- drawing

// The page's own colours, read again when its theme changes: to ask for them makes the browser style the whole page.
function palette() {
  const theme = document.body.className;
  if (state.colours.theme === theme) return state.colours;
  state.colours = {
    theme, font: getComputedStyle(element).fontFamily,
    text: pageColour("--body-text-color"), faint: getComputedStyle(find(".keys")).color,
    grid: pageColour("--border-color-primary"), paper: pageColour("--background-fill-primary"),
    line: pageColour("--prediction"), context: pageColour("--context"),
  };
  return state.colours;
}

function stroke(points, colour, width, dash = []) {
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.setLineDash(dash);
  pen.beginPath();
  for (const [x, y] of points) pen.lineTo(x, y);
  pen.stroke();
  pen.setLineDash([]);
}

function write(text, x, y, colour, align = "left") {
  pen.fillStyle = colour;
  pen.textAlign = align;
  pen.fillText(text, x, y);
}

function drawHeight(box, ink, value, y, colour) {
  const at = middleOf(y);
  stroke([[box.left, at], [box.right, at]], ink.grid, 1);
  write(plain(value), box.left - 6, at + 4, colour, "right");
}

function drawAxes(box, ink) {
  const { limits } = state;
  for (const value of lossTicks(limits)) drawHeight(box, ink, value, lossY(box, value), ink.faint);
  const distances = decadeTicks(limits.best, limits.worst, 4);
  for (const value of distances) drawHeight(box, ink, value, fsdY(box, value), ink.text);
  for (const share of [0, 0.5, 1]) write(percent(share), box.right + 6, shareY(box, share) + 4, ink.context);
  for (const value of ticksAlong(limits.x, box.right - box.left)) {
    const x = middleOf(xOf(box, value)), text = choice.along === "seconds" ? clock(value) : count(value);
    stroke([[x, box.top], [x, box.foot]], ink.grid, 1);
    stroke([[x, box.high], [x, box.bottom + 4]], ink.grid, 1);
    write(text, x, box.bottom + 18, ink.faint, "center");
  }
  write("FSD", box.left, box.high - 9, ink.text);
  write("category as asked", box.right, box.high - 9, ink.context, "right");
}

function drawLoss(box, ink) {
  const { data } = state, xs = along(data).map((value) => xOf(box, value));
  pen.save();
  pen.beginPath();
  pen.rect(box.left, box.top - 4, box.right - box.left + 4, box.foot - box.top + 8);
  pen.clip();
  pen.fillStyle = ink.faint;
  pen.globalAlpha = 0.75;
  xs.forEach((x, i) => pen.fillRect(x - 1, lossY(box, data.loss[i]) - 1, 2, 2));
  pen.globalAlpha = 1;
  stroke(xs.map((x, i) => [x, lossY(box, data.smooth[i])]), ink.line, 2.5);
  pen.restore();
}

// A flag stands on the curve; of saved ones that would overlap, the first. Best and last have taller poles and a name.
function drawFlags(box, ink) {
  const isNamed = ({ label }) => label in POLES;
  let last = -Infinity;
  for (const mark of [...state.data.marks].sort((a, b) => isNamed(a) - isNamed(b) || a.step - b.step)) {
    const x = xOf(box, along(mark));
    if (!isNamed(mark) && x - last < FLAG_GAP) continue;
    if (!isNamed(mark)) last = x;
    drawFlag(box, mark, x, isNamed(mark) ? ink.text : ink.faint);
  }
}

function drawFlag(box, { label, step }, x, colour) {
  const { data } = state, named = label in POLES, side = named ? -1 : 1;
  const foot = lossY(box, data.smooth[nearest(data.step, step)] ?? 1);
  const top = Math.max(box.top + 4, foot - (POLES[label] ?? POLE));
  stroke([[x, foot], [x, top]], colour, 1.25);
  pen.fillStyle = colour;
  pen.beginPath();
  pen.moveTo(x, top);
  pen.lineTo(x + 7 * side, top + 3);
  pen.lineTo(x, top + 6);
  pen.fill();
  if (named) write(label, x - 10, top + 7, colour, "right");
}

function drawRates(box, ink) {
  let last = -Infinity;
  for (const change of state.data.learning_rate) {
    const x = middleOf(xOf(box, along(change)));
    stroke([[x, box.top], [x, box.foot]], ink.faint, 1, [2, 3]);
    if (x - last < LABEL_GAP) continue;
    last = x;
    const fits = x + LABEL_GAP < box.right;
    write(`rate ${plain(change.value)}`, x + (fits ? 4 : -4), box.foot - 5, ink.faint, fits ? "left" : "right");
  }
}

function drawFloor(box, ink) {
  const { real, quality } = state.data;
  if (!real || !quality.length) return;
  const y = fsdY(box, real.fsd);
  stroke([[box.left, y], [box.right, y]], ink.text, 1.5, [1.5, 3]);
}

function drawQuality(box, ink) {
  const { quality } = state.data, at = (point) => xOf(box, along(point));
  const judged = quality.filter(({ accuracy }) => accuracy !== null);
  const accuracy = judged.map((point) => [at(point), shareY(box, point.accuracy)]);
  const fsd = quality.map((point) => [at(point), fsdY(box, point.fsd)]);
  stroke(accuracy, ink.context, 2, [6, 4]);
  stroke(fsd, ink.text, 2);
  if ((box.right - box.left) / fsd.length < DOT_GAP) return;
  pen.fillStyle = ink.context;
  for (const [x, y] of accuracy) pen.fillRect(x - 2.5, y - 2.5, 5, 5);
  pen.fillStyle = ink.text;
  pen.beginPath();
  for (const [x, y] of fsd) {
    pen.moveTo(x + 3, y);
    pen.arc(x, y, 3, 0, 7);
  }
  pen.fill();
}

function drawReading(box, ink) {
  const { data } = state, index = indexRead(box), x = xOf(box, along(data)[index]);
  stroke([[x, box.top], [x, box.foot]], ink.faint, 1);
  stroke([[x, box.high], [x, box.bottom]], ink.faint, 1);
  for (const [value, colour, size] of [[data.loss[index], ink.faint, 4], [data.smooth[index], ink.line, 5]]) {
    pen.beginPath();
    pen.arc(x, lossY(box, value), size, 0, 7);
    pen.fillStyle = colour;
    pen.fill();
    pen.strokeStyle = ink.paper;
    pen.lineWidth = 2;
    pen.stroke();
  }
}

function drawPromise(box, ink) {
  const x = between(box.left, box.right, 0.5), y = between(box.foot, box.top, 0.36);
  write("The curve appears with the first step.", x, y, ink.faint, "center");
}

function letters() {
  if (document.documentElement.classList.contains("projector")) return 18;
  return state.room.width > 500 ? 13 : 12;
}

function draw() {
  const { room, data, limits } = state;
  if (!room.width || !limits) return;
  const box = frame(), ink = palette(), ratio = devicePixelRatio;
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, room.width, room.height);
  pen.font = `${letters()}px ${ink.font}`;
  pen.lineJoin = "round";
  drawAxes(box, ink);
  if (!data.step.length) return drawPromise(box, ink);
  for (const drawPart of [drawLoss, drawRates, drawFlags, drawFloor, drawQuality]) drawPart(box, ink);
  if (state.reading) drawReading(box, ink);
}

// ---- reading the curve

function nearest(list, value) {
  let best = 0;
  for (let i = 1; i < list.length; i++) if (Math.abs(list[i] - value) <= Math.abs(list[best] - value)) best = i;
  return best;
}

function indexRead(box) {
  const { data, reading, limits } = state;
  if (reading.step) return nearest(data.step, reading.step);
  return nearest(along(data), ((reading.x - box.left) / (box.right - box.left)) * limits.x);
}

function tellReading() {
  const { data, room, reading } = state;
  if (!data.step.length) return findAll(".reading span").forEach((line) => say(line, ""));
  if (!room.width) return;
  const box = frame(), index = reading ? indexRead(box) : data.step.length - 1, text = textAt(index);
  const note = reading ? notesAt(box, index).join("; ") : HINT;
  say(find(".point"), reading ? text : `Now: ${text}`);
  say(find(".note"), note);
  if (!reading) return;
  canvas.setAttribute("aria-valuenow", data.step[index]);
  canvas.setAttribute("aria-valuetext", note ? `${text}; ${note}` : text);
}

function textAt(index) {
  const [step, seconds, loss, smooth] = ["step", "seconds", "loss", "smooth"].map((name) => state.data[name][index]);
  return `step ${count(step)}, ${clock(seconds)}: loss ${figures(loss)}, running mean ${figures(smooth)}`;
}

// What else stands where the curve is read: checkpoints, a new learning rate, the quality measured nearest to it.
function notesAt(box, index) {
  const { data } = state, x = xOf(box, along(data)[index]), off = (point) => Math.abs(xOf(box, along(point)) - x);
  const near = (list, reach) => list.filter((point) => off(point) <= reach);
  const closest = near(data.quality, NEAR_QUALITY).sort((a, b) => off(a) - off(b))[0];
  const marks = [...new Set(near(data.marks, NEAR).map(({ label }) => label))];
  return [
    ...(marks.length ? [`checkpoint ${marks.join(", ")}`] : []),
    ...near(data.learning_rate, NEAR).map(({ value }) => `learning rate set to ${plain(value)}`),
    ...(closest ? [qualityText(closest)] : []),
  ];
}

const realText = ({ fsd, spread, n }) => `${n} real sprites: ${fsd.toFixed(1)} ± ${spread.toFixed(1)}`;

function qualityText({ step, fsd, accuracy }) {
  const judged = accuracy === null ? "" : `, asked category comes out ${percent(accuracy)}`;
  const { real } = state.data, beside = real ? ` (${realText(real)})` : "";
  return `at step ${count(step)} FSD ${figures(fsd)}${beside}${judged}`;
}

function readAt(place) {
  state.reading = place;
  draw();
  tellReading();
}

function readByPointer(event) {
  if (state.data.step.length) readAt({ x: event.offsetX });
}

canvas.addEventListener("pointermove", readByPointer);
canvas.addEventListener("pointerdown", readByPointer);
canvas.addEventListener("pointerleave", ({ pointerType }) => {
  const { data, reading } = state;
  if (pointerType !== "touch") readAt(null);
  else if (reading) readAt({ step: data.step[indexRead(frame())] });   // the finger may go, the reading stays
});
canvas.addEventListener("blur", () => state.reading && readAt(null));

const MOVES = {
  ArrowLeft: -1, ArrowDown: -1, PageDown: -PAGE, Home: -Infinity,
  ArrowRight: 1, ArrowUp: 1, PageUp: PAGE, End: Infinity,
};
canvas.addEventListener("keydown", (event) => {
  const { step } = state.data;
  if (!step.length || !(event.key in MOVES || event.key === "Escape")) return;
  event.preventDefault();
  if (event.key === "Escape") return readAt(null);
  const last = step.length - 1, from = state.reading ? indexRead(frame()) : last;
  readAt({ step: step[clamp(from + MOVES[event.key], 0, last)] });
});

// ---- updates

const still = matchMedia("(prefers-reduced-motion: reduce)");

// Where an axis needs another limit, it glides there.
function settle() {
  const { limits, drawn, gliding } = state, to = goal();
  if (!limits || !drawn || still.matches) state.limits = to;
  else if (gliding) gliding.to = to;
  else if (Object.keys(to).some((name) => limits[name] !== to[name])) startGliding(to);
  draw();
}

function startGliding(to) {
  state.gliding = { from: state.limits, to, start: performance.now() };
  requestAnimationFrame(glide);
}

function glide(now) {
  if (!state.gliding) return;
  const { from, to, start } = state.gliding, share = clamp((now - start) / GLIDE_MS);
  const at = ([name, end]) => [name, between(from[name], end, share * (2 - share))];
  state.limits = share < 1 ? Object.fromEntries(Object.entries(to).map(at)) : to;
  if (share < 1) requestAnimationFrame(glide);
  else state.gliding = null;
  draw();
  tellReading();
}

function show(series) {
  const data = { ...NOTHING, ...series }, last = data.step.at(-1);
  state.data = data;
  measureReach();
  settle();
  state.drawn = data.step.length > 0;
  say(find(".recorded"), data.status === "recorded" ? " (recorded)" : "");
  realKey.textContent = data.real ? `FSD of ${realText(data.real)}` : UNMEASURED;
  tellReading();
  canvas.setAttribute("aria-valuemax", last ?? 1);
  canvas.setAttribute("aria-label", last ? `Loss ${data.smooth.at(-1).toFixed(3)} after ${last} steps` : "No loss yet");
}

function resize() {
  const { clientWidth: width, clientHeight: height } = canvas, ratio = devicePixelRatio;
  if (!width) return;
  state.room = { width, height };
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  draw();
  tellReading();
}

function choose(name, value) {
  choice[name] = value;
  state.limits = state.gliding = null;
  settle();
  tellReading();
}

for (const name of ["scale", "along"]) {
  for (const radio of findAll(`.${name} input`)) {
    radio.name = `loss-plot-${name}`;
    radio.checked = choice[name] === radio.value;
    radio.addEventListener("change", () => choose(name, radio.value));
  }
}
new ResizeObserver(resize).observe(canvas);
followTraining("curve", (told) => {
  show(told);
  const step = told?.step?.at(-1);   // of a training of today, not of the recorded one
  if (step) document.dispatchEvent(new CustomEvent("learnt", { detail: { step } }));
});
offerRecorded(() => !props.value, show, () => {});   // the player beside it says why, where there is none
