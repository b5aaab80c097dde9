// The drawing x0 that dissolves beside it, its noise and its schedule: painted, or chosen. They stand in
// `document.noised`, see shared.js.
// props.material: {alphaBar: {linear, cosine}, noise, seed, palette, known, unseen}, pictures and noise as base64.

const PIXELS = SIDE * SIDE, MAX_SEED = 2 ** 32 - 1;
const CURVE_POINTS = 100;
const WHITE = [255, 255, 255];

const drawing = find(".drawing"), cursor = find(".cursor");
const { alphaBar, palette, known, unseen } = props.material;
const last = alphaBar.linear.length - 1, shelf = [...known, ...unseen];

const state = {
  x0: bytes(known[0].pixels),          // red, green, blue of each pixel
  schedule: "linear",
  colour: Object.values(palette)[0],   // to paint with
};

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

function showLevel() {
  const { t } = document.noised;
  if (!t) return;
  const kept = alphaBar[state.schedule][t], across = `${(100 * t) / last}cqw`;
  find(".here").style.translate = across;
  for (const [name, weight] of [["signal", Math.sqrt(kept)], ["noise", Math.sqrt(1 - kept)]]) {
    find(`.head .${name} b`).textContent = weight.toFixed(3);
    find(`.dot.${name}`).style.translate = `${across} ${100 * (1 - weight)}cqh`;
  }
}

// ---- painting

const drawOriginal = () => drawSprite(drawing, state.x0, SIDE);

function paintPixel(x, y) {
  state.x0.set(state.colour, 3 * (y * SIDE + x));
  drawOriginal();
  mark(null);
  changeNoised({ pixels: state.x0.slice(), drawn: base64(state.x0) });
}

onPaint({ canvas: drawing, cursor, place: find("#noise-cursor"), paint: paintPixel });

const makeColour = (name, rgb) => makeSwatch("noise-colour", name, rgb, (colour) => (state.colour = colour));

find(".palette").append(
  ...Object.entries(palette).map(([name, rgb]) => makeColour(name, rgb)),
  makeColour("white, to erase", WHITE),
  makeButton("", () => choose(new Uint8Array(3 * PIXELS).fill(255)), "Clear"),
);
find(".palette input").checked = true;

// ---- the shelf of sprites

function mark(button) {
  for (const other of findAll(".shelf button")) other.setAttribute("aria-pressed", other === button);
}

function choose(pixels, button = null) {
  state.x0 = pixels.slice();
  drawOriginal();
  mark(button);
  changeNoised({ pixels, drawn: nameOf(pixels) });
}

// What the page's address says of a drawing: which sprite of the shelf it is, or all its pixels.
function nameOf(pixels) {
  const text = base64(pixels), k = shelf.findIndex((sprite) => sprite.pixels === text);
  return k < 0 ? text : k;
}

function makeShelved({ pixels, name }) {
  const rgb = bytes(pixels), button = makeButton(name, () => choose(rgb, button), makeSprite(rgb, SIDE));
  button.title = name;
  return button;
}

find(".known").append(...known.map(makeShelved));
find(".held-out").append(...unseen.map(makeShelved));

// ---- schedule and noise

find(".head fieldset").addEventListener("change", (event) => {
  state.schedule = event.target.value;
  drawCurves();
  changeNoised({ schedule: state.schedule });
});
const torchNoise = browserCode("torch_noise.js");
find(".die").addEventListener("click", () => takeNoise(Math.floor(Math.random() * MAX_SEED)));

async function takeNoise(seed) {
  const code = await torchNoise;
  if (!code) return complain({ error: SILENT });
  changeNoised({ seed, eps: code.spriteNoise([seed, 0], 3 * PIXELS) });
}

// What the page's address asks for; what cannot be stays as it was.
function takeAddress() {
  const [drawn, schedule, seed] = ["drawn", "schedule", "seed"].map((key) => window.address.read(key));
  if (schedule in alphaBar) find(`.head input[value=${schedule}]`).click();
  if (/^\d{1,10}$/.test(seed) && seed <= MAX_SEED) takeNoise(Number(seed));
  if (/^\d+$/.test(drawn)) findAll(".shelf button")[drawn]?.click();
  else if (/^[\w+/]{1024}$/.test(drawn)) choose(bytes(drawn));
}

find(".axis .last").textContent = `t = ${last}`;
drawCurves();
drawOriginal();
mark(find(".known button"));
document.addEventListener("noised", showLevel);
changeNoised({
  pixels: state.x0.slice(),
  schedule: state.schedule,
  seed: props.material.seed,
  eps: new Float32Array(bytes(props.material.noise).buffer),   // all of red, then of green, then of blue
});
if (window.address?.read("tab") === "noise") takeAddress();
