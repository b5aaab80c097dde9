// The live loss plot: the loss over steps or time, the sprites' quality under it, and the loss by noise level.
// Value: JSON of LossSeries.value(), see loss_series.py. It is always the whole history: any update may be missed.

const LEFT = 46, RIGHT = 50, TOP = 8, BETWEEN = 30, AXIS = 24, QUALITY_SHARE = 0.3;
const TICK_GAP = 56, FLAG_GAP = 8, DOT_GAP = 8, LABEL_GAP = 84, NEAR = 8, NEAR_QUALITY = 14, GLIDE_MS = 250, PAGE = 10;
const POLES = { last: 18, best: 32 }, POLE = 10;
const LADDER = [1, 1.5, 2, 3, 4, 5, 6, 8, 10], DECADE = [1, 2, 5, 10];
const SPANS = [   // of time, in seconds
  10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 300, 360, 480, 600, 750, 900, 1200, 1500, 1800, 2400, 3000, 3600,
];
const CLOCK_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800];
const NOTHING = {
  step: [], seconds: [], loss: [], smooth: [], marks: [], quality: [], floor: null, levels: [], learning_rate: [],
};
const HINT = "Point at the curve, or use the arrow keys, to read it.";

const canvas = find(".curves"), pen = canvas.getContext("2d");
const choice = (window.lossPlotChoice ??= { scale: "log", along: "step" });   // as long as the page lives

let data, room = { width: 0, height: 0 }, drawn = false;
let reach = null;     // the smallest and largest values so far: a point that is thinned out must not move an axis
let limits = null;    // of the axes as they are now
let gliding = null;   // {from, to, start} while they are on their way to others
let colours = {};
let reading = null;   // {x} under the pointer, or {step} chosen with the keyboard or a finger

const count = new Intl.NumberFormat("en").format;
const figures = (value) => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));
const plain = (value) => String(Number(value.toPrecision(4)));
const percent = (share) => Math.round(100 * share);
const percents = ({ from, to }) => `${percent(from)}–\u2060${percent(to)}\u00a0%`;
const amount = ({ from, to }) => {
  if (to <= 0.35) return "little";
  return from >= 0.65 ? "much" : "some";
};

function clock(seconds) {
  const whole = Math.round(seconds), two = (n) => String(n).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// ---- axes: their limits are round numbers, so that they rest while the curve grows

function rounded(value, ladder, up) {
  const power = 10 ** Math.floor(Math.log10(value) + 1e-9), share = value / power;
  const slack = 1e-9;
  const step = up ? ladder.find((step) => step >= share - slack) : ladder.findLast((step) => step <= share + slack);
  return (step ?? (up ? 10 : 1)) * power;
}

const log = () => choice.scale === "log";
const scaled = (value) => (log() ? Math.log10(value) : value);
const longest = (list) => list.reduce((most, entry) => Math.max(most, entry), 0);

function widen(range, values) {
  for (const value of values) {
    if (value < range[0]) range[0] = value;
    if (value > range[1]) range[1] = value;
  }
}

function measureReach() {
  const first = data.seconds[0], last = data.step.at(-1) ?? 0;
  if (!reach || reach.first !== first || last < reach.last) {
    reach = { first, loss: [Infinity, 0], fsd: [Infinity, 0] };
    limits = gliding = null;
  }
  reach.last = last;
  widen(reach.loss, data.loss);
  widen(reach.loss, data.smooth);
  widen(reach.fsd, data.quality.map(({ fsd }) => fsd));
  if (data.quality.length && data.floor) widen(reach.fsd, [data.floor]);
}

function goal() {
  const end = Math.max(data[choice.along].at(-1) ?? 0, longest(data.quality.map((point) => point[choice.along])), 10);
  const span = choice.along === "seconds" && SPANS.find((span) => span >= end);
  const [low, high] = reach.loss[1] ? reach.loss : [0.1, 2];
  const [best, worst] = reach.fsd[1] ? reach.fsd : [1, 100];
  return {
    x: span || rounded(end, LADDER, true),
    low: log() ? Math.log10(rounded(low, DECADE, false)) : 0,
    high: log() ? Math.log10(rounded(high, DECADE, true)) : rounded(high, LADDER, true),
    best: Math.log10(rounded(best, DECADE, false)),
    worst: Math.log10(rounded(worst * 1.001, DECADE, true)),
  };
}

// The values 1, 2, 5 of each decade; only the decades, where that is more than `most`.
function levels(low, high, most) {
  const within = (steps) => {
    const powers = Array.from({ length: Math.ceil(high) - Math.floor(low) + 1 }, (_, i) => Math.floor(low) + i);
    const values = powers.flatMap((power) => steps.map((step) => step * 10 ** power));
    return values.filter((value) => Math.log10(value) >= low - 1e-6 && Math.log10(value) <= high + 1e-6);
  };
  const all = within([1, 2, 5]);
  return all.length > most ? within([1]) : all;
}

function even(end, step) {
  return Array.from({ length: Math.floor(end / step + 1e-9) + 1 }, (_, i) => i * step);
}

function ticksAlong(end, width) {
  const most = Math.max(2, Math.floor(width / TICK_GAP)), wanted = end / most;
  const round = rounded(Math.max(1, wanted), DECADE, true);
  return even(end, choice.along === "seconds" ? (CLOCK_STEPS.find((step) => step >= wanted) ?? round) : round);
}

// ---- drawing

function frame() {
  const { width, height } = room, bottom = height - AXIS, body = bottom - TOP - BETWEEN;
  const high = bottom - Math.round(QUALITY_SHARE * body);
  return { left: LEFT, right: width - RIGHT, top: TOP, foot: high - BETWEEN, high, bottom };
}

const between = (from, to, share) => from + (to - from) * share;
const xOf = (box, value) => between(box.left, box.right, value / limits.x);
const part = (value, low, high) => (value - low) / (high - low || 1);
const lossY = (box, value) => between(box.foot, box.top, part(scaled(value), limits.low, limits.high));
const fsdY = (box, value) => between(box.bottom, box.high, part(Math.log10(value), limits.best, limits.worst));
const shareY = (box, value) => between(box.bottom, box.high, value);

// The page's own colours, read again when its theme changes: to ask for them makes the browser style the whole page.
function palette() {
  const theme = document.body.className;
  if (colours.theme === theme) return colours;
  const style = getComputedStyle(element), colour = (name) => style.getPropertyValue(name).trim();
  colours = {
    theme, font: style.fontFamily,
    text: colour("--body-text-color"), faint: getComputedStyle(find(".keys")).color,
    grid: colour("--border-color-primary"), paper: colour("--background-fill-primary"),
    line: colour("--prediction"), context: colour("--context"),
  };
  return colours;
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

function drawAxes(box, ink) {
  const across = (y) => stroke([[box.left, y], [box.right, y]], ink.grid, 1);
  const losses = log() ? levels(limits.low, limits.high, 8) : even(limits.high, rounded(limits.high / 5, DECADE, true));
  for (const value of losses) {
    const y = Math.round(lossY(box, value)) + 0.5;
    across(y);
    write(plain(value), box.left - 6, y + 4, ink.faint, "right");
  }
  for (const value of levels(limits.best, limits.worst, 4)) {
    const y = Math.round(fsdY(box, value)) + 0.5;
    across(y);
    write(plain(value), box.left - 6, y + 4, ink.text, "right");
  }
  for (const share of [0, 0.5, 1]) write(`${100 * share} %`, box.right + 6, shareY(box, share) + 4, ink.context);
  for (const value of ticksAlong(limits.x, box.right - box.left)) {
    const x = Math.round(xOf(box, value)) + 0.5, text = choice.along === "seconds" ? clock(value) : count(value);
    stroke([[x, box.top], [x, box.foot]], ink.grid, 1);
    stroke([[x, box.high], [x, box.bottom + 4]], ink.grid, 1);
    write(text, x, box.bottom + 18, ink.faint, "center");
  }
  write("FSD", box.left, box.high - 9, ink.text);
  write("category as asked", box.right, box.high - 9, ink.context, "right");
}

function drawLoss(box, ink) {
  const xs = data[choice.along].map((value) => xOf(box, value));
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
  let last = -Infinity;
  for (const mark of [...data.marks].sort((a, b) => (a.label in POLES) - (b.label in POLES) || a.step - b.step)) {
    const named = mark.label in POLES, x = xOf(box, mark[choice.along]);
    if (!named && x - last < FLAG_GAP) continue;
    if (!named) last = x;
    const foot = lossY(box, data.smooth[nearest(data.step, mark.step)] ?? 1), colour = named ? ink.text : ink.faint;
    const top = Math.max(box.top + 4, foot - (POLES[mark.label] ?? POLE)), side = named ? -1 : 1;
    stroke([[x, foot], [x, top]], colour, 1.25);
    pen.fillStyle = colour;
    pen.beginPath();
    pen.moveTo(x, top);
    pen.lineTo(x + 7 * side, top + 3);
    pen.lineTo(x, top + 6);
    pen.fill();
    if (named) write(mark.label, x - 10, top + 7, colour, "right");
  }
}

function drawRates(box, ink) {
  let last = -Infinity;
  for (const change of data.learning_rate) {
    const x = Math.round(xOf(box, change[choice.along])) + 0.5;
    stroke([[x, box.top], [x, box.foot]], ink.faint, 1, [2, 3]);
    if (x - last < LABEL_GAP) continue;
    last = x;
    const fits = x + LABEL_GAP < box.right;
    write(`rate ${plain(change.value)}`, x + (fits ? 4 : -4), box.foot - 5, ink.faint, fits ? "left" : "right");
  }
}

function drawQuality(box, ink) {
  if (data.floor && data.quality.length) {
    const y = fsdY(box, data.floor);
    stroke([[box.left, y], [box.right, y]], ink.text, 1.5, [1.5, 3]);
  }
  const at = (point) => xOf(box, point[choice.along]);
  const judged = data.quality.filter(({ accuracy }) => accuracy !== null);
  const accuracy = judged.map((point) => [at(point), shareY(box, point.accuracy)]);
  const fsd = data.quality.map((point) => [at(point), fsdY(box, point.fsd)]);
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

function drawReading(box, ink, index) {
  const x = xOf(box, data[choice.along][index]);
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

function draw() {
  if (!room.width || !limits) return;
  const box = frame(), ink = palette(), ratio = devicePixelRatio;
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, room.width, room.height);
  pen.font = `${room.width > 500 ? 13 : 12}px ${ink.font}`;
  pen.lineJoin = "round";
  drawAxes(box, ink);
  if (!data.step.length) return drawPromise(box, ink);
  drawLoss(box, ink);
  drawRates(box, ink);
  drawFlags(box, ink);
  drawQuality(box, ink);
  if (reading) drawReading(box, ink, indexRead(box));
}

// ---- reading the curve

function nearest(list, value) {
  let best = 0;
  for (let i = 1; i < list.length; i++) if (Math.abs(list[i] - value) <= Math.abs(list[best] - value)) best = i;
  return best;
}

function indexRead(box) {
  if (reading.step) return nearest(data.step, reading.step);
  return nearest(data[choice.along], ((reading.x - box.left) / (box.right - box.left)) * limits.x);
}

function tellReading() {
  if (!data.step.length) {
    for (const line of element.querySelectorAll(".reading span")) say(line, "");
    return;
  }
  if (!room.width) return;
  const box = frame(), index = reading ? indexRead(box) : data.step.length - 1;
  const [step, seconds] = [data.step[index], data.seconds[index]];
  const [loss, mean] = [figures(data.loss[index]), figures(data.smooth[index])];
  const text = `step ${count(step)}, ${clock(seconds)}: loss ${loss}, running mean ${mean}`;
  const note = reading ? notesAt(box, index).join("; ") : HINT;
  say(find(".point"), reading ? text : `Now: ${text}`);
  say(find(".note"), note);
  if (!reading) return;
  canvas.setAttribute("aria-valuenow", step);
  canvas.setAttribute("aria-valuetext", note ? `${text}; ${note}` : text);
}

// What else stands where the curve is read: checkpoints, a new learning rate, the quality measured nearest to it.
function notesAt(box, index) {
  const x = xOf(box, data[choice.along][index]), off = (point) => Math.abs(xOf(box, point[choice.along]) - x);
  const near = (list, reach) => list.filter((point) => off(point) <= reach);
  const closest = near(data.quality, NEAR_QUALITY).sort((a, b) => off(a) - off(b))[0];
  const marks = [...new Set(near(data.marks, NEAR).map(({ label }) => label))];
  const accuracy = closest?.accuracy == null ? "" : `, asked category comes out ${percent(closest.accuracy)} %`;
  return [
    ...(marks.length ? [`checkpoint ${marks.join(", ")}`] : []),
    ...near(data.learning_rate, NEAR).map(({ value }) => `learning rate set to ${plain(value)}`),
    ...(closest ? [`at step ${count(closest.step)} FSD ${figures(closest.fsd)}${accuracy}`] : []),
  ];
}

function readAt(place) {
  reading = place;
  draw();
  tellReading();
}

function readByPointer(event) {
  if (data.step.length) readAt({ x: event.offsetX });
}

canvas.addEventListener("pointermove", readByPointer);
canvas.addEventListener("pointerdown", readByPointer);
canvas.addEventListener("pointerleave", ({ pointerType }) => {
  if (pointerType !== "touch") readAt(null);
  else if (reading) readAt({ step: data.step[indexRead(frame())] });   // the finger may go, the reading stays
});
canvas.addEventListener("blur", () => reading && readAt(null));

const MOVES = {
  ArrowLeft: -1, ArrowDown: -1, PageDown: -PAGE, Home: -Infinity,
  ArrowRight: 1, ArrowUp: 1, PageUp: PAGE, End: Infinity,
};
canvas.addEventListener("keydown", (event) => {
  if (!data.step.length || !(event.key in MOVES || event.key === "Escape")) return;
  event.preventDefault();
  if (event.key === "Escape") return readAt(null);
  const last = data.step.length - 1, from = reading ? indexRead(frame()) : last;
  readAt({ step: data.step[Math.max(0, Math.min(last, from + MOVES[event.key]))] });
});

// ---- the loss by noise level

const BANDS = 10;
const bandOf = (i) => ({ from: i / BANDS, to: (i + 1) / BANDS });
const bars = Array.from({ length: BANDS }, (_, i) => {
  const item = document.createElement("li");
  const end = i === BANDS - 1 ? "<span>100</span>" : "";
  item.innerHTML = `<div class="room"><span class="loss"></span><div class="bar"></div></div>
    <div class="share"><span>${percent(i / BANDS)}</span>${end}</div>`;
  find(".levels").append(item);
  return { item, room: item.querySelector(".room"), loss: item.querySelector(".loss") };
});

function showLevels() {
  const known = data.levels.filter(({ loss }) => loss !== null), most = longest(known.map(({ loss }) => loss));
  const top = most ? rounded(most, LADDER, true) : 1;
  bars.forEach(({ item, room, loss }, i) => {
    const level = data.levels[i] ?? { ...bandOf(i), loss: null, untrained: null };
    say(loss, level.loss === null ? "–" : level.loss.toFixed(2));
    room.style.setProperty("--height", (level.loss ?? 0) / top);
    const [now, then] = [level.loss ?? "not known yet", level.untrained ?? "not known"];
    const title = `${percents(level)} noise: loss ${now}, untrained ${then}`;
    if (item.title !== title) item.title = title;
  });
  say(find(".sentence"), sentence(known));
}

function sentence(known) {
  if (!known.length) return "The loss of recent steps, by how noisy the sprites were.";
  const ordered = [...known].sort((a, b) => b.loss - a.loss), [worst, best] = [ordered[0], ordered.at(-1)];
  const most = `Most wrong with ${amount(worst)} noise (${percents(worst)})`;
  return `${most}, least with ${amount(best)} (${percents(best)}).${beforehand(known)}`;
}

function beforehand(known) {
  const losses = known.map(({ untrained }) => untrained).filter((loss) => loss !== null);
  if (!losses.length) return "";
  return ` Untrained: about ${(losses.reduce((a, b) => a + b) / losses.length).toFixed(1)} everywhere.`;
}

// ---- updates

const still = matchMedia("(prefers-reduced-motion: reduce)");

// Where an axis needs another limit, it glides there.
function settle() {
  const to = goal();
  if (!limits || !drawn || still.matches) limits = to;
  else if (gliding) gliding.to = to;
  else if (Object.keys(to).some((name) => limits[name] !== to[name])) startGliding(to);
  draw();
}

function startGliding(to) {
  gliding = { from: limits, to, start: performance.now() };
  requestAnimationFrame(glide);
}

function glide(now) {
  if (!gliding) return;
  const { from, to, start } = gliding, share = Math.min(1, Math.max(0, (now - start) / GLIDE_MS));
  const at = ([name, end]) => [name, between(from[name], end, share * (2 - share))];
  limits = share < 1 ? Object.fromEntries(Object.entries(to).map(at)) : to;
  if (share < 1) requestAnimationFrame(glide);
  else gliding = null;
  draw();
  tellReading();
}

function show() {
  data = { ...NOTHING, ...(props.value && JSON.parse(props.value)) };
  measureReach();
  settle();
  drawn = data.step.length > 0;
  tellReading();
  showLevels();
  const last = data.step.at(-1);
  canvas.setAttribute("aria-valuemax", last ?? 1);
  canvas.setAttribute("aria-label", last ? `Loss ${data.smooth.at(-1).toFixed(3)} after ${last} steps` : "No loss yet");
}

function resize() {
  const { clientWidth: width, clientHeight: height } = canvas, ratio = devicePixelRatio;
  if (!width) return;
  room = { width, height };
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  draw();
  tellReading();
}

for (const name of ["scale", "along"]) {
  for (const radio of element.querySelectorAll(`.${name} input`)) {
    radio.name = `loss-plot-${name}`;
    radio.checked = choice[name] === radio.value;
    radio.addEventListener("change", () => {
      choice[name] = radio.value;
      limits = gliding = null;
      settle();
      tellReading();
    });
  }
}
new ResizeObserver(resize).observe(canvas);
watch("value", show);
show();
