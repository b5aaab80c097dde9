// The drawing x0 and its noisy x_t = sqrt(alpha_bar) x0 + sqrt(1 - alpha_bar) eps, computed here at every touch of the
// slider. What is set stands in `document.noised`: {pixels, t, seed, schedule, rests}, with the model that
// noise_push.js adds; an event "noised" tells of each change, and once more when the learner pauses: then it rests.
// value: JSON {pixels, t, seed, schedule}, for the server.
// props.material: {alphaBar: {linear, cosine}, noise, seed, t, palette, known, unseen}, pictures and noise as base64.

const SIDE = 16, PIXELS = SIDE * SIDE, PAUSE_MS = 200, MAX_SEED = 2 ** 32 - 1;
const CURVE_POINTS = 100, NARROW = 700;
const WHITE = [255, 255, 255];

const drawing = find(".drawing"), noised = find(".noised"), cursor = find(".cursor"), slider = find(".t");
const { alphaBar, palette, known, unseen } = props.material;
const last = alphaBar.linear.length - 1;

const state = {
  x0: new Uint8Array(3 * PIXELS),        // red, green, blue of each pixel
  eps: floats(props.material.noise),     // all of red, then of green, then of blue
  seed: props.material.seed,             // of eps
  schedule: "linear",
  colour: Object.values(palette)[0],     // to paint with
  place: { x: SIDE / 2, y: SIDE / 2 },   // of the keyboard's cursor
  pause: 0,                              // the timer until it rests
  stale: true,                           // whether the states of all levels must be asked again
  asking: false,                         // whether they are being asked
};

function floats(base64) {
  return new Float32Array(bytes(base64).buffer);
}

// ---- the two pictures

function xT(signal, noise) {
  const { x0, eps } = state, pixels = new Uint8ClampedArray(3 * PIXELS);   // rounds and clips
  for (let i = 0; i < pixels.length; i++) {
    const clean = x0[i] / 127.5 - 1, pixel = Math.floor(i / 3), channel = i % 3;
    pixels[i] = (signal * clean + noise * eps[channel * PIXELS + pixel] + 1) * 127.5;
  }
  return pixels;
}

function draw() {
  const t = Number(slider.value), kept = alphaBar[state.schedule][t];
  const signal = Math.sqrt(kept), noise = Math.sqrt(1 - kept), across = `${(100 * t) / last}cqw`;
  drawSprite(noised, xT(signal, noise), SIDE);
  noised.setAttribute("aria-label", `The drawing at t = ${t}, with ${percent(noiseShare(kept))} noise`);
  noised.dataset.t = t;
  find(".here").style.translate = across;
  find(".at").textContent = `t = ${t} of ${last}`;
  for (const [name, weight] of [["signal", signal], ["noise", noise]]) {
    find(`.head .${name} b`).textContent = weight.toFixed(3);
    find(`.dot.${name}`).style.translate = `${across} ${100 * (1 - weight)}cqh`;
  }
}

const drawOriginal = () => drawSprite(drawing, state.x0, SIDE);

// ---- others are told: at once, and the server when nothing has changed for a moment

// Another t needs no new states: they are of all levels.
function moveTo(t) {
  slider.value = t;
  tellAll();
}

function changed() {
  state.stale = true;
  tellAll();
}

function tellAll() {
  draw();
  tell(false);
  clearTimeout(state.pause);
  state.pause = setTimeout(rest, PAUSE_MS);
}

function tell(rests) {
  const { x0, seed, schedule } = state;
  document.noised = { ...document.noised, pixels: x0.slice(), t: Number(slider.value), seed, schedule, rests };
  document.dispatchEvent(new Event("noised"));
}

function rest() {
  tell(true);
  const { pixels, t, seed, schedule } = document.noised;
  props.value = JSON.stringify({ pixels: base64(pixels), t, seed, schedule });
  askStates();
}

// What would be thought at each level: asked again when drawing, noise or schedule have changed, one question after
// another. Of a server that is silent the guess by heart tells.
async function askStates() {
  if (!state.stale || state.asking) return;
  state.stale = false;
  state.asking = true;
  const stretches = await ask("states", props.value);
  state.asking = false;
  complain(stretches.error === SILENT ? {} : stretches);
  if (stretches.error) return (state.stale = true);
  showStates(stretches);
  askStates();
}

// A stretch: {state: what is thought, t: the levels at which}.
function showStates(stretches) {
  find(".bands").replaceChildren(...stretches.map(makeStretch));
  for (const button of findAll(".landmarks button")) {
    const there = stretches.filter((stretch) => stretch.state === button.dataset.state).map(({ t }) => t);
    const longest = there.reduce((a, b) => (b.length > a.length ? b : a), []);
    button.disabled = !longest.length;
    button.dataset.t = longest[Math.floor(longest.length / 2)];
  }
}

function makeStretch(stretch) {
  const band = make("span", stretch.state.replace(" ", "-"));
  band.style.flexGrow = stretch.t.length;
  return band;
}

// ---- the schedules as curves over t

function makeCurve(schedule, part) {
  const points = Array.from({ length: CURVE_POINTS + 1 }, (_, i) => {
    const t = Math.round((i * last) / CURVE_POINTS), kept = alphaBar[schedule][t];
    return `${t / last} ${1 - Math.sqrt(part === "signal" ? kept : 1 - kept)}`;
  });
  const chosen = schedule === state.schedule ? "chosen" : "";
  return makeSvg("path", { class: `${part} ${chosen}`, d: `M${points.join("L")}` });
}

function drawCurves() {
  const { schedule } = state, names = Object.keys(alphaBar).sort((name) => (name === schedule ? 1 : -1));
  const curves = names.flatMap((name) => ["signal", "noise"].map((part) => makeCurve(name, part)));
  find(".plot svg").replaceChildren(...curves);
  find(".plot").setAttribute("aria-label", `Signal falling and noise rising over t, ${schedule} schedule`);
}

// ---- painting, with a pointer or with the keyboard

function paintPixel(x, y) {
  state.x0.set(state.colour, 3 * (y * SIDE + x));
  drawOriginal();
  press(null);
  changed();
}

const pixelAt = (share) => clamp(Math.floor(SIDE * share), 0, SIDE - 1);

function moveCursor(dx, dy) {
  const x = clamp(state.place.x + dx, 0, SIDE - 1), y = clamp(state.place.y + dy, 0, SIDE - 1);
  state.place = { x, y };
  cursor.style.left = `${(100 * x) / SIDE}%`;
  cursor.style.top = `${(100 * y) / SIDE}%`;
  find("#noise-cursor").textContent = `column ${x + 1}, row ${y + 1}`;
}

onDrag(drawing, (x, y) => paintPixel(pixelAt(x), pixelAt(y)));
drawing.addEventListener("keydown", (event) => {
  if (event.key === " ") paintPixel(state.place.x, state.place.y);
  else if (event.key in ARROWS) moveCursor(...ARROWS[event.key]);
  else return;
  event.preventDefault();
});

function makeSwatch(name, rgb) {
  const checked = rgb === state.colour;
  const swatch = Object.assign(make("input"), { type: "radio", name: "noise-colour", title: name, checked });
  swatch.setAttribute("aria-label", name);
  swatch.style.setProperty("--paint", `rgb(${rgb})`);
  swatch.addEventListener("change", () => (state.colour = rgb));
  return swatch;
}

find(".palette").append(
  ...Object.entries(palette).map(([name, rgb]) => makeSwatch(name, rgb)),
  makeSwatch("white, to erase", WHITE),
  makeButton("", () => choose(new Uint8Array(3 * PIXELS).fill(255)), "Clear"),
);

// ---- the shelf of sprites

function press(button) {
  for (const other of findAll(".shelf button")) other.setAttribute("aria-pressed", other === button);
}

function choose(pixels, button = null) {
  state.x0 = pixels.slice();
  drawOriginal();
  press(button);
  changed();
}

function makeShelved({ pixels, name }) {
  const rgb = bytes(pixels), button = makeButton(name, () => choose(rgb, button), makeSprite(rgb, SIDE));
  button.title = name;
  return button;
}

find(".known").append(...known.map(makeShelved));
find(".held-out").append(...unseen.map(makeShelved));

// ---- level, schedule and noise

slider.addEventListener("input", () => moveTo(slider.value));
find(".landmarks").addEventListener("click", (event) => {
  const { t } = event.target.closest("button")?.dataset ?? {};
  if (t) moveTo(t);
});
find(".head fieldset").addEventListener("change", (event) => {
  state.schedule = event.target.value;
  drawCurves();
  changed();
});
const torchNoise = browserCode("torch_noise.js");
find(".die").addEventListener("click", async () => {
  const code = await torchNoise;
  if (!code) return complain({ error: SILENT });
  const seed = Math.floor(Math.random() * MAX_SEED);
  Object.assign(state, { seed, eps: code.spriteNoise([seed, 0], 3 * PIXELS) });
  changed();
});

slider.max = last;
slider.value = props.material.t;
find(".another").open = innerWidth > NARROW;
find(".axis .last").textContent = `t = ${last}`;
moveCursor(0, 0);
drawCurves();
find(".known button").click();
