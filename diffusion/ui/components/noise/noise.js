// The drawing x0 and its noisy x_t = sqrt(alpha_bar) x0 + sqrt(1 - alpha_bar) eps, computed here at every touch of the
// slider. The value for the server is {pixels, t, seed, schedule} as JSON; it is given when the learner pauses.
// props.material: {alphaBar: {linear, cosine}, noise, seed, t, palette, known, unseen}, pictures and noise as base64.

const SIDE = 16, PIXELS = SIDE * SIDE, PAUSE_MS = 200, MAX_SEED = 2 ** 32 - 1;
const CURVE_POINTS = 100, NARROW = 700;

const drawing = find(".drawing"), noised = find(".noised"), cursor = find(".cursor"), slider = find(".t");
const { alphaBar, palette, known, unseen } = props.material;
const last = alphaBar.linear.length - 1;

let x0 = new Uint8Array(3 * PIXELS), eps, seed = props.material.seed, schedule = "linear";
let colour = Object.values(palette)[0], place = { x: 8, y: 8 };

const floats = (base64) => new Float32Array(bytes(base64).buffer);

function put(canvas, colourAt) {
  const context = canvas.getContext("2d"), picture = context.createImageData(SIDE, SIDE);
  for (let i = 0; i < PIXELS; i++) {
    for (let c = 0; c < 3; c++) picture.data[4 * i + c] = colourAt(i, c);   // rounds and clips
    picture.data[4 * i + 3] = 255;
  }
  context.putImageData(picture, 0, 0);
}

function draw() {
  const t = Number(slider.value), ab = alphaBar[schedule][t];
  const signal = Math.sqrt(ab), noise = Math.sqrt(1 - ab);
  put(noised, (i, c) => (signal * (x0[3 * i + c] / 127.5 - 1) + noise * eps[c * PIXELS + i] + 1) * 127.5);
  noised.setAttribute("aria-label", `The drawing at t = ${t}, with ${Math.round(100 * noise)} % noise`);
  noised.dataset.t = t;
  find(".here").style.translate = `${(100 * t) / last}cqw`;
  find(".at").textContent = `t = ${t} of ${last}`;
  for (const [name, level] of [["signal", signal], ["noise", noise]]) {
    find(`.head .${name} b`).textContent = level.toFixed(3);
    find(`.dot.${name}`).style.translate = `${(100 * t) / last}cqw ${100 * (1 - level)}cqh`;
  }
}

const drawOriginal = () => put(drawing, (i, c) => x0[3 * i + c]);

// The server is told when nothing has changed for a moment: never while dragging.
let pause;
function tellLater(levels) {
  clearTimeout(pause);
  if (levels) stale = true;
  pause = setTimeout(tell, PAUSE_MS);
}

function tell() {
  props.value = JSON.stringify({ pixels: btoa(String.fromCharCode(...x0)), t: Number(slider.value), seed, schedule });
  trigger("input");
  askStates();
}

// What would be thought at each level: asked again when drawing, noise or schedule have changed, one question at a time.
let stale = true, asking = false;
async function askStates() {
  if (!stale || asking) return;
  stale = false;
  asking = true;
  const stretches = await server.states(props.value).catch(() => null);
  asking = false;
  if (stretches) showStates(stretches);
  askStates();
}

function showStates(stretches) {
  find(".bands").replaceChildren(...stretches.map(({ state, t }) => {
    const band = document.createElement("span");
    band.className = state.replace(" ", "-");
    band.style.flexGrow = t.length;
    return band;
  }));
  for (const button of element.querySelectorAll(".landmarks button")) {
    const there = stretches.filter(({ state }) => state === button.dataset.state).map(({ t }) => t);
    const longest = there.reduce((a, b) => (b.length > a.length ? b : a), []);
    button.disabled = !longest.length;
    button.dataset.t = longest[Math.floor(longest.length / 2)];
  }
}

function changed() {
  draw();
  tellLater(true);
}

function drawCurves() {
  const path = (levels, name, which) => {
    const points = Array.from({ length: CURVE_POINTS + 1 }, (_, i) => {
      const t = Math.round((i * last) / CURVE_POINTS);
      return `${t / last} ${1 - Math.sqrt(name === "signal" ? levels[t] : 1 - levels[t])}`;
    });
    return `<path class="${name} ${which}" d="M${points.join("L")}"/>`;
  };
  find(".plot svg").innerHTML = Object.entries(alphaBar)
    .sort(([a]) => (a === schedule ? 1 : -1))
    .flatMap(([name, levels]) => ["signal", "noise"].map((part) => path(levels, part, name === schedule ? "chosen" : "")))
    .join("");
  find(".plot").setAttribute("aria-label", `Signal falling and noise rising over t, ${schedule} schedule`);
}

// Painting, with a pointer or with the keyboard.
function paintPixel(x, y) {
  x0.set(colour, 3 * (y * SIDE + x));
  drawOriginal();
  press(null);
  changed();
}

function pixelUnder(event) {
  const box = drawing.getBoundingClientRect();
  const along = (at, start, size) => Math.max(0, Math.min(SIDE - 1, Math.floor((SIDE * (at - start)) / size)));
  return [along(event.clientX, box.left, box.width), along(event.clientY, box.top, box.height)];
}

function moveCursor(dx, dy) {
  place = { x: Math.max(0, Math.min(SIDE - 1, place.x + dx)), y: Math.max(0, Math.min(SIDE - 1, place.y + dy)) };
  cursor.style.left = `${(100 * place.x) / SIDE}%`;
  cursor.style.top = `${(100 * place.y) / SIDE}%`;
  find("#noise-cursor").textContent = `column ${place.x + 1}, row ${place.y + 1}`;
}

drawing.addEventListener("pointerdown", (event) => {
  drawing.setPointerCapture(event.pointerId);
  paintPixel(...pixelUnder(event));
});
drawing.addEventListener("pointermove", (event) => event.buttons && paintPixel(...pixelUnder(event)));
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
drawing.addEventListener("keydown", (event) => {
  if (event.key === " ") paintPixel(place.x, place.y);
  else if (event.key in MOVES) moveCursor(...MOVES[event.key]);
  else return;
  event.preventDefault();
});

function swatch(name, rgb, checked) {
  const input = document.createElement("input");
  Object.assign(input, { type: "radio", name: "noise-colour", title: name, checked });
  input.setAttribute("aria-label", name);
  input.style.setProperty("--paint", `rgb(${rgb})`);
  input.addEventListener("change", () => (colour = rgb));
  return input;
}

const clear = document.createElement("button");
clear.type = "button";
clear.textContent = "Clear";
clear.addEventListener("click", () => choose(new Uint8Array(3 * PIXELS).fill(255)));
find(".palette").append(
  ...Object.entries(palette).map(([name, rgb], i) => swatch(name, rgb, i === 0)),
  swatch("white, to erase", [255, 255, 255], false),
  clear,
);

// The shelf of sprites.
function press(button) {
  for (const other of element.querySelectorAll(".shelf button")) other.setAttribute("aria-pressed", other === button);
}

function choose(pixels, button = null) {
  x0 = pixels.slice();
  drawOriginal();
  press(button);
  changed();
}

function onShelf({ pixels, name }) {
  const button = document.createElement("button"), canvas = document.createElement("canvas"), rgb = bytes(pixels);
  button.type = "button";
  button.title = name;
  button.setAttribute("aria-label", name);
  canvas.width = canvas.height = SIDE;
  put(canvas, (i, c) => rgb[3 * i + c]);
  button.append(canvas);
  button.addEventListener("click", () => choose(rgb, button));
  return button;
}
find(".known").append(...known.map(onShelf));
find(".held-out").append(...unseen.map(onShelf));

slider.addEventListener("input", () => {
  draw();
  tellLater(false);
});
find(".landmarks").addEventListener("click", (event) => {
  const { t } = event.target.closest("button")?.dataset ?? {};
  if (!t) return;
  slider.value = t;
  draw();
  tellLater(false);
});
find(".head fieldset").addEventListener("change", (event) => {
  schedule = event.target.value;
  drawCurves();
  changed();
});
find(".die").addEventListener("click", async () => {
  const next = Math.floor(Math.random() * MAX_SEED), noise = await server.noise(next).catch(() => null);
  if (!noise) return;
  seed = next;
  eps = floats(noise);
  changed();
});

slider.max = last;
slider.value = props.material.t;
find(".another").open = innerWidth > NARROW;
find(".axis .last").textContent = `t = ${last}`;
eps = floats(props.material.noise);
moveCursor(0, 0);
drawCurves();
find(".known button").click();
