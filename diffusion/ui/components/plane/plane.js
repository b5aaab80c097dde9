// A plane with some points on it: what noise makes of them, the score, and walks from noise back to a point, all worked
// out here at every touch. A point is what a sprite is among 768 numbers; here it has two. Who is asked is no network,
// but the exact posterior; what walks is the code that draws sprites in this browser, see browser/.
// props.panels: [{show, title, equation, text}]; props.words: the sentences, see ui/words/geometry.py.

const MODULES = ["posterior.js", "samplers.js", "schedule.js", "guidance.js", "torch_noise.js"];
const SCHEDULE = { schedule: "cosine", schedule_options: {} };
const REACH = 3;                 // of the paper, from its middle to an edge
const CLOUD = 400, ACROSS = 15;  // noisy points; arrows in a row
const MOST_POINTS = 12, MOST_STEPS = 100;
const STRIDE = 0.1;              // of an arrow key
const LONGEST = 1.6;             // of the arrows where the walk stands
const MAX_SEED = 2 ** 32 - 1;
const SHAPES = ["circle", "diamond"];

const { words, panels } = props;
const area = find(".area"), canvas = find("canvas"), ink = canvas.getContext("2d");

const first = () => ({
  points: [[-1.7, 0.9, 0], [-0.8, 1.7, 0], [-1.9, -0.5, 0], [1.2, -1.3, 1], [1.9, -0.2, 1]].map(
    ([x, y, shape]) => ({ x: [x, y], shape }),
  ),
  start: [0.3, -1.8],
  seed: 1,          // of the fresh noise
  t: 250,
  ddim: true, ddpm: false, bare: false,   // which walks are drawn
  steps: 25,
  eta: 0,
  asked: "",        // a place in SHAPES, as text
  guidance: 2,
  cloud: true, field: true, parts: false, straight: false,   // what is shown
});

const only = {
  ddim: false, ddpm: false, bare: false, asked: "", cloud: false, field: false, parts: false, straight: false,
};
const SHOWN = {   // what the panels speak of, and the guidance
  score: { ...only, t: 250, cloud: true, field: true, ddim: true, steps: 25, eta: 0 },
  fresh: { ...only, t: 200, ddim: true, ddpm: true, bare: true, steps: 60, eta: 0 },
  parts: { ...only, t: 230, ddim: true, parts: true, steps: 25, eta: 0 },
  straight: { ...only, t: 250, cloud: true, ddim: true, straight: true, steps: 50, eta: 0 },
  guidance: { ...only, t: 390, ddim: true, asked: "0", guidance: 2.5, steps: 25, eta: 0 },
};

const state = first();
let code = null;      // the modules, once they are there
let schedule = null;
let cloud = null;     // normal numbers, two a noisy point
let chosen = null;    // a point
let held = null;      // {x}, what is dragged
let side = 0;         // of the paper, in pixels of its canvas
let unit = 1;         // a pixel of the page, in those

// ---- what is worked out

const context = () => SHAPES.map((_, k) => Number(state.asked === String(k)));

// (x, t, [context]) -> eps of the exact posterior: over the points of the shape that the context names, or over all.
function makeEps() {
  const { points } = state, over = (chosen) => new code.Posterior(schedule, chosen.map(({ x }) => x));
  const all = over(points), ofShape = SHAPES.map((_, k) => over(points.filter(({ shape }) => shape === k)));
  return (x, t, [context]) => (ofShape[context.indexOf(1)] ?? all).eps(x, t);
}

function makeDenoiser(eps) {
  const { guidance } = state;
  return code.denoiser(eps, { schedule, guidedBelow: 1, contexts: [context()], guidance, mixing: "vector" });
}

const RULES = { ddim: "ddim", ddpm: "ddpm", bare: "ddpm" };

// The states {t, x} of a walk, from the start to the end.
function walk(kind, denoise) {
  const { start, steps, eta, seed } = state, none = () => [0, 0];
  const rule = code.SAMPLERS[RULES[kind]]({ eta }), noise = kind === "bare" ? none : freshNoise(seed);
  const walked = code.sample(denoise, schedule, start, schedule.timesteps(steps), rule, noise);
  return [{ t: schedule.T, x: start }, ...Array.from(walked, ({ next, xNext }) => ({ t: next, x: xNext }))];
}

// Pairs of normal numbers, one a step.
function freshNoise(seed) {
  const drawn = code.spriteNoise([seed, 0], 16 * Math.ceil(MOST_STEPS / 8))();
  let k = 0;
  return () => [drawn[k++], drawn[k++]];
}

const kinds = () => Object.keys(RULES).filter((kind) => state[kind]);

// Where a state at t is drawn: as it is, or divided by the sum of the weights of point and noise.
const scaleAt = (t) => (state.straight ? 1 / (schedule.signal(t) + schedule.noise(t)) : 1);
const times = (factor, x) => x.map((value) => factor * value);
const minus = (x, y) => x.map((value, i) => value - y[i]);
const plus = (x, y) => x.map((value, i) => value + y[i]);
const length = ([x, y]) => Math.hypot(x, y);

// ---- drawing

const onPaper = ([x, y]) => [(x / REACH + 1) * side / 2, (1 - y / REACH) * side / 2];

function line(points, colour, width, dashes = []) {
  ink.beginPath();
  for (const point of points) ink.lineTo(...onPaper(point));
  ink.strokeStyle = colour;
  ink.lineWidth = width * unit;
  ink.setLineDash(dashes.map((dash) => dash * unit));
  ink.stroke();
}

// Many at once: each fill costs more than its shape.
function spots(points, radius, colour) {
  ink.beginPath();
  for (const point of points) {
    const [x, y] = onPaper(point);
    ink.moveTo(x, y);
    ink.arc(x, y, radius * unit, 0, 2 * Math.PI);
  }
  ink.fillStyle = colour;
  ink.fill();
}

// Pairs of places, from and to.
function arrows(pairs, colour, width, head) {
  const ends = pairs.map((pair) => pair.map(onPaper)).filter(([from, to]) => length(minus(to, from)) >= 1);
  ink.strokeStyle = ink.fillStyle = colour;
  ink.lineWidth = width * unit;
  ink.setLineDash([]);
  ink.beginPath();
  for (const [from, to] of ends) shaft(from, to, head * unit);
  ink.stroke();
  ink.beginPath();
  for (const [from, to] of ends) tip(from, to, head * unit);
  ink.fill();
}

// As far as the tip, which covers the rest.
function shaft(from, to, head) {
  const way = minus(to, from), share = Math.max(0, 1 - head / length(way));
  ink.moveTo(...from);
  ink.lineTo(...plus(from, times(share, way)));
}

function tip([x0, y0], [x, y], head) {
  const angle = Math.atan2(y - y0, x - x0);
  ink.moveTo(x, y);
  for (const turn of [-0.45, 0.45]) ink.lineTo(x - head * Math.cos(angle + turn), y - head * Math.sin(angle + turn));
}

function faint(alpha, act) {
  ink.globalAlpha = alpha;
  act();
  ink.globalAlpha = 1;
}

function drawAxes() {
  const colour = pageColour("--border-color-primary");
  for (let k = 1 - REACH; k < REACH; k++) {
    line([[k, -REACH], [k, REACH]], colour, k ? 0.5 : 1.5);
    line([[-REACH, k], [REACH, k]], colour, k ? 0.5 : 1.5);
  }
}

// The points under the same noise at every t, each in turn.
function drawCloud() {
  const { points, t } = state, a = scaleAt(t) * schedule.signal(t), s = scaleAt(t) * schedule.noise(t);
  const noisy = Array.from({ length: CLOUD }, (_, i) => {
    const { x } = points[i % points.length];
    return [a * x[0] + s * cloud[2 * i], a * x[1] + s * cloud[2 * i + 1]];
  });
  faint(0.45, () => spots(noisy, 2, pageColour("--noise")));
}

// The score has any length; its arrow stays within its place.
function drawField(denoise) {
  const { t } = state, scale = scaleAt(t), sigma = schedule.noise(t), place = 2 * REACH / ACROSS;
  const middle = (i) => (i + 0.5) * place - REACH;
  const pairs = Array.from({ length: ACROSS * ACROSS }, (_, i) => {
    const from = [middle(i % ACROSS), middle(Math.floor(i / ACROSS))];
    const score = times(-1 / sigma, denoise(times(1 / scale, from), t));
    return [from, plus(from, times(0.9 * place / (1 + length(score)), score))];
  });
  faint(0.7, () => arrows(pairs, pageColour("--prediction"), 1.2, 5));
}

const colourOf = (kind) => pageColour(`--${RULES[kind]}`);

function drawWalk(kind, states) {
  const colour = colourOf(kind), points = states.map(({ t, x }) => times(scaleAt(t), x));
  line(points, colour, 2, kind === "bare" ? [5, 4] : []);
  spots(points, 2.6, colour);
}

// The step of a walk that stands at the level of noise, or last did above it.
const standsAt = (states) => states.findLast(({ t }) => t >= state.t);

function drawHere(kind, { t, x }, eps, denoise) {
  const at = times(scaleAt(t), x);
  if (state.asked) drawGuidance(at, x, t, eps, denoise);
  if (state.parts) drawParts(x, t, denoise(x, t));
  spots([at], 8, pageColour("--background-fill-primary"));
  spots([at], 6, colourOf(kind));
}

// How likely the points are where the walk stands: each has a ring, the larger, the likelier.
function drawLikely({ t, x }) {
  const all = new code.Posterior(schedule, state.points.map((point) => point.x)), colour = pageColour("--prediction");
  all.probabilities(x, t).forEach((p, i) => faint(0.28, () => spots([state.points[i].x], 30 * Math.sqrt(p), colour)));
}

function drawGuidance(at, x, t, eps, denoise) {
  const told = [eps(x, t, [SHAPES.map(() => 0)]), eps(x, t, [context()]), denoise(x, t)];
  const factor = Math.min(1, LONGEST / Math.max(...told.map(length)));
  const [none, cond, both] = told.map((answer) => plus(at, times(-factor, answer)));
  line(state.guidance > 1 ? [none, both] : [none, cond], pageColour("--body-text-color-subdued"), 1.5, [3, 4]);
  arrows([[at, both]], pageColour("--prediction"), 4, 14);
  arrows([[at, none]], pageColour("--body-text-color-subdued"), 3, 11);
  arrows([[at, cond]], pageColour(["--context", "--context-2"][state.asked]), 3, 11);
}

// x = a x0 + s eps, end to end from the middle; and v.
function drawParts(x, t, eps) {
  const a = scaleAt(t) * schedule.signal(t), s = scaleAt(t) * schedule.noise(t);
  const x0 = times(1 / schedule.signal(t), minus(x, times(schedule.noise(t), eps))), corner = times(a, x0);
  const end = times(scaleAt(t), x), v = minus(times(a, eps), times(s, x0));
  line([[0, 0], end], pageColour("--body-text-color-subdued"), 1.5, [3, 4]);
  arrows([[[0, 0], corner]], pageColour("--clean"), 3.5, 12);
  arrows([[corner, end]], pageColour("--noise"), 3.5, 12);
  arrows([[end, plus(end, v)]], pageColour("--prediction"), 3.5, 12);
  label(times(0.5, corner), "√ᾱ x₀", "--clean");
  label(times(0.5, plus(corner, end)), "σ ε", "--noise");
  label(plus(end, times(0.5, v)), "v", "--prediction");
}

function label(at, text, colour) {
  const [x, y] = onPaper(at), aside = 8 * unit;
  ink.font = `italic 600 ${17 * unit}px Georgia, serif`;
  ink.lineWidth = 4 * unit;
  ink.strokeStyle = pageColour("--background-fill-primary");
  ink.fillStyle = pageColour(colour);
  ink.setLineDash([]);
  ink.strokeText(text, x + aside, y - aside);
  ink.fillText(text, x + aside, y - aside);
}

function draw() {
  if (!side) return;
  const eps = makeEps(), denoise = makeDenoiser(eps);
  const walks = kinds().map((kind) => [kind, walk(kind, denoise)]);
  ink.clearRect(0, 0, side, side);
  drawAxes();
  if (state.cloud) drawCloud();
  if (state.field) drawField(denoise);
  if (walks.length) drawLikely(standsAt(walks[0][1]));
  for (const [kind, states] of walks) drawWalk(kind, states);
  walks.toReversed().forEach(([kind, states]) => drawHere(kind, standsAt(states), eps, denoise));
  placeHandles();
  tell(walks);
}

// ---- in words and numbers

const rounded = (number) => number.toFixed(2).replace("-", "−");
const place = ([x, y]) => ({ x: rounded(x), y: rounded(y) });

function tell(walks) {
  const { t } = state;
  say(find(".level strong"), fillIn(words.level, { share: percent(schedule.noiseShare(t)) }));
  say(find(".level small"), fillIn(words.timestep, { t, last: schedule.T }));
  say(find(".ends"), walks.map(([kind, states]) => told(kind, states.at(-1).x)).join(" "));
  for (const output of findAll("output")) say(output, String(output.closest("label").querySelector("input").value));
}

function told(kind, end) {
  const apart = Math.min(...state.points.map(({ x }) => length(minus(x, end))));
  const name = words.walks[kind], steps = counted(state.steps, "step");
  return fillIn(words.ends, { name, steps, ...place(end), apart: rounded(apart) });
}

// ---- what stands on the paper to be moved

const handles = new Map();   // what is moved: its button

function handleOf(thing) {
  if (handles.has(thing)) return handles.get(thing);
  const handle = makeButton("", () => {}, make("i"));
  handle.addEventListener("focus", () => choose(thing));
  handle.addEventListener("keydown", (event) => onKey(event, thing));
  handles.set(thing, handle);
  area.append(handle);
  return handle;
}

// The start as a thing to be moved, like a point.
const start = {
  get x() { return state.start; },
  set x(x) { state.start = x; },
};

function placeHandles() {
  const things = [...state.points, start];
  for (const [thing, handle] of handles) if (!things.includes(thing)) forget(thing, handle);
  for (const thing of things) placeHandle(handleOf(thing), thing);
}

function forget(thing, handle) {
  handle.remove();
  handles.delete(thing);
}

function placeHandle(handle, thing) {
  const { x, shape } = thing, [left, top] = [x[0] / REACH + 1, 1 - x[1] / REACH].map((share) => `${50 * share}%`);
  Object.assign(handle.style, { left, top });
  handle.className = `handle ${SHAPES[shape] ?? "start"}`;
  handle.setAttribute("aria-label", nameOf(thing));
  if (thing !== start) handle.setAttribute("aria-pressed", thing === chosen);
}

function nameOf(thing) {
  if (thing === start) return fillIn(words.start, place(thing.x));
  const number = state.points.indexOf(thing) + 1;
  return fillIn(words.point, { shape: words.shapes[thing.shape], number, ...place(thing.x) });
}

// A point stays chosen until another one is.
function choose(thing) {
  if (thing === start || thing === chosen) return;
  chosen = thing;
  draw();
}

function moveTo(thing, x) {
  thing.x = x.map((value) => clamp(value, -REACH, REACH));
  draw();
}

function onKey(event, thing) {
  if (event.key in ARROWS) {
    const [dx, dy] = ARROWS[event.key];
    moveTo(thing, plus(thing.x, [STRIDE * dx, -STRIDE * dy]));
  } else if (["Delete", "Backspace"].includes(event.key) && thing !== start) {
    remove();
  } else return;
  event.preventDefault();
}

function add(x) {
  const { points } = state;
  if (points.length === MOST_POINTS) return complain({ error: fillIn(words.most, { most: MOST_POINTS }) });
  complain({});
  const point = { x, shape: chosen?.shape ?? 0 };
  points.push(point);
  chosen = point;
  draw();
  return point;
}

// What keeps the chosen point from being taken out of those of its shape, in a sentence.
function whyNot() {
  if (!chosen) return words.chosen;
  const alike = state.points.filter(({ shape }) => shape === chosen.shape);
  return alike.length > 1 ? "" : fillIn(words.last, { shape: SHAPES[chosen.shape] });
}

function unlessLast(act) {
  const error = whyNot();
  complain({ error });
  if (error) return;
  act();
  draw();
}

function remove() {
  unlessLast(() => {
    const k = state.points.indexOf(chosen), hadFocus = document.activeElement === handles.get(chosen);
    state.points.splice(k, 1);
    chosen = state.points[Math.min(k, state.points.length - 1)];
    if (hadFocus) handleOf(chosen).focus({ preventScroll: true });
  });
}

// ---- what is pressed

area.addEventListener("pointerdown", (event) => {
  event.preventDefault();   // the press goes to what is held, which gets the focus here
  const handle = event.target.closest(".handle");
  held = handle ? [...handles.keys()].find((thing) => handles.get(thing) === handle) : null;
  held ??= add(pointAt(event));
  if (held) handleOf(held).focus({ preventScroll: true });
});
area.addEventListener("pointerup", () => (held = null));

function pointAt({ clientX, clientY }) {
  const { left, top, width, height } = area.getBoundingClientRect();
  return fromShares((clientX - left) / width, (clientY - top) / height);
}

const fromShares = (x, y) => [REACH * (2 * x - 1), REACH * (1 - 2 * y)];
onDrag(area, (x, y) => held && moveTo(held, fromShares(x, y)));

find(".add").addEventListener("click", () => {
  const point = add([0, 0]);
  if (point) handleOf(point).focus({ preventScroll: true });
});
find(".swap").addEventListener("click", () => unlessLast(() => (chosen.shape = 1 - chosen.shape)));
find(".remove").addEventListener("click", remove);
find(".die").addEventListener("click", () => show({ seed: Math.floor(Math.random() * MAX_SEED) }));
find(".stretch").addEventListener("click", () => showOff("guidance"));
find(".afresh").addEventListener("click", () => {
  chosen = null;
  complain({});
  show(first());
});

element.addEventListener("input", ({ target }) => {
  const { name, type, value, checked } = target;
  show({ [name.replace("plane-", "")]: type === "checkbox" ? checked : type === "range" ? Number(value) : value });
});

// Changes the state, and shows it.
function show(change) {
  Object.assign(state, change);
  for (const field of findAll("input")) {
    const value = state[field.name.replace("plane-", "")];
    if (field.type === "range") field.value = value;
    else field.checked = field.type === "radio" ? field.value === value : value;
  }
  draw();
}

function showOff(name) {
  show(SHOWN[name]);
  area.scrollIntoView({ block: "nearest" });
}

function makePanel({ show: name, title, equation, text }) {
  const button = makeButton(`Show it: ${title}`, () => showOff(name), "Show it");
  return make("section", "", make("h4", "", title), make("p", "equation", equation), make("p", "", text), button);
}

// ---- once it is seen

async function load() {
  const modules = await Promise.all(MODULES.map(browserCode));
  if (modules.includes(null)) return complain({ error: SILENT });
  const all = Object.assign({}, ...modules);
  schedule = all.Schedule.of(SCHEDULE);
  find("[name=plane-t]").max = schedule.T;
  cloud = all.spriteNoise([0, 0], 2 * CLOUD)();
  code = all;
  show({});
}

function fit() {
  unit = devicePixelRatio;
  side = canvas.width = canvas.height = Math.round(area.clientWidth * unit);
  draw();
}

find(".panels").append(...panels.map(makePanel));
whenSeen(async (watcher) => {
  watcher.disconnect();
  await load();
  new ResizeObserver(fit).observe(area);
  new MutationObserver(draw).observe(document.body, { attributeFilter: ["class"] });   // light or dark
});
