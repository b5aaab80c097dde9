// The U-Net: the network as a drawing, its blocks as buttons, and the maps of the chosen block as tiles.
// What it shall look at comes as `document.look`, see look_push.js. This browser looks at it, one thing at a time and
// always the newest; where it cannot, it is `select`, upon which the server gives a glimpse.
// value: the name of the chosen block; network: JSON of NetworkFacts and the checkpoint; glimpse: JSON of FeatureMaps,
// see explain/activations.py; sprites: those there are, as base64 by their names.

const GAP = 2, LARGEST_TILE = 112;
const REST_MS = 500;
const POLES = ["--below-zero", "--zero", "--above-zero"];

const net = find(".net"), wires = find(".wires"), lines = find(".lines"), signals = find(".signals");
const tiles = find(".tiles"), input = find(".net .x_t"), output = find(".net .x0");

const state = {
  checkpoint: "",  // the network's
  blocks: [],      // {facts, button, bar} in the order of the forward pass
  glimpse: null,   // what the chosen block did last
  colours: {},     // {names, table}: the colour of each byte, and the colours of the page that it is made of
  wanted: null,    // {look, block} that the learner waits for
  seen: null,      // the same of what this browser has looked at last
  looking: false,  // whether that is under way
  resting: 0,      // the timer until nothing new was looked at for a moment
  begun: false,    // whether it is known who may look
  device: null,    // who looks, see browser/device.js; null where this browser has none
  runs: null,      // the module browser/look_runs.js
};

// ---- asking

function want() {
  const { look } = document, block = props.value;
  if (!state.begun || !look || look.checkpoint !== state.checkpoint || !named(block)) return;
  if (look === state.wanted?.look && block === state.wanted.block) return;
  state.wanted = { look, block };
  lookAtNewest();
}

async function lookAtNewest() {
  if (state.looking) return;
  state.looking = true;
  for (let looked = null; looked !== state.wanted; ) {
    looked = state.wanted;
    const glimpse = await lookHere(looked);
    if (looked.look.checkpoint !== state.checkpoint) continue;   // another network has come: it is wanted anew
    if (glimpse) showSeen(glimpse, looked);
    else trigger("select");
  }
  state.looking = false;
  knockAtRest();
}

// Who looks without the server still wants to know whether it is there.
function knockAtRest() {
  clearTimeout(state.resting);
  state.resting = setTimeout(() => state.device?.knock(), REST_MS);
}

// A glimpse by this browser; null where the server must look.
async function lookHere({ look, block }) {
  const model = state.device?.know(look.checkpoint), sprite = props.sprites[look.sprite];
  const looked = model && state.runs.lookOf(look, block, sprite && bytes(sprite), model);
  return looked && state.device.look(looked);
}

function showSeen(glimpse, looked) {
  state.seen = looked;
  drawGlimpse(glimpse);
}

// What the server saw; this browser may have seen something newer meanwhile.
function takeGlimpse() {
  if (!props.glimpse) return;
  const { tiles, x_t, x0, whole, ...others } = JSON.parse(props.glimpse);
  props.glimpse = "";   // so that the same one can come again
  if (state.seen && state.seen === state.wanted) return;
  drawGlimpse({ ...others, tiles: bytes(tiles), x_t: bytes(x_t), x0: bytes(x0), whole: whole && bytes(whole) });
}

const size = (shape) => shape.join("×");
const named = (name) => state.blocks.find((block) => block.facts.name === name);
const short = (n) => (n < 1000 ? `${n}` : `${(n / 1000).toFixed(n < 100_000 ? 1 : 0)} k`);

// ---- the drawing

function labelOf({ name, shape_in, shape_out, parameters, takes, skip_from }) {
  const entering = takes.length ? `, ${takes.join(" and ")} enter` : "";
  const skip = skip_from ? `, joined with ${skip_from}` : "";
  return `${name}: ${size(shape_in)} to ${size(shape_out)}, ${parameters} parameters${entering}${skip}`;
}

function makeBlock(facts) {
  const bar = make("span", "change");
  const button = makeButton(
    labelOf(facts), () => choose(facts.name),
    make("strong", "", facts.name),
    make("small", "", size(facts.shape_out)),
    make("small", "", short(facts.parameters), make("span", "params", " params")),
    make("span", "takes", ...facts.takes.map((signal) => make("span", signal, signal[0]))),
    bar,
  );
  button.className = "block";
  return { facts, button, bar };
}

// Down the left arm, along the bottom, up the right arm.
function placeBlocks() {
  const at = (...places) => state.blocks.filter(({ facts }) => places.includes(facts.place));
  const left = at("enter", "down"), bottom = at("bottom"), right = at("up", "leave").reverse();
  const lastColumn = Math.max(bottom.length, 1) + 2, lastRow = Math.max(left.length, right.length) + 2;
  const put = (node, row, column) => (node.style.gridArea = `${row} / ${column}`);
  left.forEach(({ button }, i) => put(button, i + 2, 1));
  bottom.forEach(({ button }, i) => put(button, lastRow, i + 2));
  right.forEach(({ button }, i) => put(button, i + 2, lastColumn));
  put(input, 1, 1);
  put(output, 1, lastColumn);
  signals.style.gridArea = `1 / 2 / 2 / ${lastColumn}`;
}

function drawNetwork(network) {
  state.checkpoint = network?.checkpoint ?? "";
  state.blocks.forEach(({ button }) => button.remove());
  state.blocks = network ? network.blocks.map(makeBlock) : [];
  net.append(...state.blocks.map(({ button }) => button));
  placeBlocks();
  find(".total").textContent = network ? totals(network) : "";
  for (const signal of ["time", "context"]) {
    signals.querySelector(`.${signal}`).hidden = !state.blocks.some(({ facts }) => facts.takes.includes(signal));
  }
  markChosen();
  want();
}

function totals({ network, parameters, embeddings }) {
  const parts = Object.entries(embeddings).map(([name, weights]) => `${name} ${count(weights)}`);
  return `${network}: ${count(parameters)} parameters (${parts.join(", ")})`;
}

function choose(name) {
  props.value = name;
  takeChoice();
}

// A choice may come after the network whose block it names.
function takeChoice() {
  markChosen();
  want();
}

function markChosen() {
  for (const { facts, button } of state.blocks) button.setAttribute("aria-pressed", facts.name === props.value);
  drawLines();
}

// ---- the lines between the blocks

const boxOf = (node) => ({
  left: node.offsetLeft, right: node.offsetLeft + node.offsetWidth, x: node.offsetLeft + node.offsetWidth / 2,
  top: node.offsetTop, bottom: node.offsetTop + node.offsetHeight, y: node.offsetTop + node.offsetHeight / 2,
});

const ARROW = { "marker-end": "url(#unet-arrow)" };
const makeLine = (kind, path, end = {}) => makeSvg("path", { class: kind, d: path, ...end });

// From one box to the next: straight where they share a column or row, else round the corner of the U.
function flow(from, to) {
  if (Math.abs(from.x - to.x) < 2) {
    const down = to.top > from.top;
    return `M${from.x} ${down ? from.bottom : from.top}V${down ? to.top : to.bottom}`;
  }
  if (Math.abs(from.y - to.y) < 2) return `M${from.right} ${from.y}H${to.left}`;
  if (to.top > from.top) return `M${from.x} ${from.bottom}V${to.y}H${to.left}`;
  return `M${from.right} ${from.y}H${to.x}V${to.bottom}`;
}

// From time and context above to the inner side of a block.
function signalPath({ x, bottom }, to, place) {
  if (place === "bottom") return `M${x} ${bottom}C${x} ${to.top - 60} ${to.x} ${to.top - 60} ${to.x} ${to.top}`;
  const side = place === "enter" || place === "down" ? to.right : to.left, y = to.y - 12;
  return `M${x} ${bottom}Q${x} ${y} ${side} ${y}`;
}

// What comes into a block from elsewhere than the block before it.
function linesInto({ facts, button }, source) {
  const to = boxOf(button), made = [];
  if (facts.skip_from) {
    const from = boxOf(named(facts.skip_from).button);
    made.push(makeLine("skip", `M${from.right} ${from.y}L${to.left} ${to.y}`, ARROW));
  }
  if (facts.takes.length) {
    const chosen = facts.name === props.value ? " chosen" : "";
    made.push(makeLine(`signal${chosen}`, signalPath(source, to, facts.place)));
  }
  return made;
}

function drawLines() {
  const { blocks } = state;
  lines.replaceChildren();
  if (!blocks.length || !net.clientWidth) return;
  wires.setAttribute("width", net.scrollWidth);
  wires.setAttribute("height", net.scrollHeight);
  const stops = [input, ...blocks.map(({ button }) => button), output].map(boxOf), source = boxOf(signals);
  const flows = stops.slice(1).map((stop, i) => makeLine("flow", flow(stops[i], stop), ARROW));
  lines.append(...flows, ...blocks.flatMap((block) => linesInto(block, source)));
}

// ---- the maps

function drawGlimpse(glimpse) {
  if (!named(glimpse.block)) return;   // another network has come
  state.glimpse = glimpse;
  drawTiles(glimpse);   // first: it measures the page, which the other changes would make slow
  const { x_t, x0, side, t, noise, cut = "nothing" } = glimpse;
  net.dataset.cut = cut;
  drawPicture("x_t", x_t, side, VIEW_NAMES.x_t, `Sprite with noise at t = ${t}`, `${percent(noise)} noise`);
  drawPicture("x0", x0, side, VIEW_NAMES.x0, "What the network predicts the clean sprite to be");
  drawCut(glimpse);
  drawAbout(glimpse);
  drawChanges(glimpse);
}

function drawPicture(name, ...shown) {
  for (const figure of findAll(`figure.${name}`)) drawFigure(figure, ...shown);
}

function drawFigure(figure, pixels, side, title, label, more = "") {
  const canvas = figure.firstElementChild;
  drawSprite(canvas, pixels, side);
  canvas.setAttribute("aria-label", label);
  figure.lastElementChild.replaceChildren(title, make("span", "more", more));
}

// Beside the maps, the guess of the whole network takes the place of x_t, which stands above as well.
function drawCut({ whole, x0, side }) {
  const [before, after] = findAll(".maps figure");
  before.classList.toggle("whole", Boolean(whole));
  if (!whole) return;
  drawFigure(before, whole, side, "x0, nothing cut", "What the whole network predicts the clean sprite to be");
  drawFigure(after, x0, side, "x0, cut", "What it predicts with the cut");
}

function drawAbout({ block, shape, channels, scale }) {
  const { name, shape_in, shape_out, parameters, does } = named(block).facts;
  find(".name").textContent = name;
  find(".shape").textContent = `${size(shape_in)} → ${size(shape_out)}, ${count(parameters)} parameters`;
  find(".does").textContent = does;
  find(".low").textContent = `−${scale.toPrecision(3)}`;
  find(".high").textContent = scale.toPrecision(3);
  const shown = shape[0] < channels ? `the first ${shape[0]} of ${channels} maps` : `${channels} maps`;
  find(".note").textContent = scale ? `${shown} on one scale; grey is 0` : `${shown}, all of them 0`;
}

// How much of what each block puts out the context changes.
function drawChanges({ changes }) {
  for (const { facts, button, bar } of state.blocks) {
    const share = changes[facts.name] ?? 0;
    bar.style.transform = `scaleX(${share})`;
    button.title = `The context changes ${percent(share)} of what ${facts.name} puts out`;
  }
}

// The colour of each byte: 1..127 below zero, 128 zero, 129..255 above it, from the page's own colours.
function palette() {
  const colours = POLES.map(pageColour), names = colours.join();
  if (state.colours.names === names) return state.colours.table;
  const [low, zero, high] = colours.map((name) => name.match(/[\da-f]{2}/gi).map((digits) => parseInt(digits, 16)));
  const table = Uint32Array.from({ length: 256 }, (_, byte) => {
    const share = Math.min(1, Math.abs(byte - 128) / 127), end = byte < 128 ? low : high;
    const [red, green, blue] = zero.map((from, i) => Math.round(from + share * (end[i] - from)));
    return (255 << 24) | (blue << 16) | (green << 8) | red;
  });
  state.colours = { names, table };
  return table;
}

// How many columns make n tiles of w by h as large as the room allows.
function bestGrid(n, w, h, width, height) {
  let best = { scale: 0, columns: 1 };
  for (let columns = 1; columns <= n; columns++) {
    const rows = Math.ceil(n / columns);
    const scale = Math.min((width - GAP * (columns - 1)) / (columns * w), (height - GAP * (rows - 1)) / (rows * h));
    if (scale > best.scale) best = { scale, columns };
  }
  const scale = Math.min(best.scale, (LARGEST_TILE * devicePixelRatio) / h);
  return { columns: best.columns, scale: scale < 1 ? scale : Math.floor(scale) };
}

// All maps as one strip of pixels, under each other.
function stripOf({ tiles: data, shape: [n, h, w] }) {
  const table = palette(), image = new ImageData(w, n * h), strip = new OffscreenCanvas(w, n * h);
  new Uint32Array(image.data.buffer).set(Uint32Array.from(data, (byte) => table[byte]));
  strip.getContext("2d").putImageData(image, 0, 0);
  return strip;
}

function drawTiles(glimpse) {
  const { shape: [n, h, w], block } = glimpse;
  const [width, height] = [tiles.clientWidth, tiles.clientHeight].map((px) => Math.round(px * devicePixelRatio));
  if (!width) return;
  const strip = stripOf(glimpse), { columns, scale } = bestGrid(n, w, h, width, height), pen = tiles.getContext("2d");
  Object.assign(tiles, { width, height });
  pen.imageSmoothingEnabled = false;
  for (let i = 0; i < n; i++) {
    const x = (i % columns) * (w * scale + GAP), y = Math.floor(i / columns) * (h * scale + GAP);
    pen.drawImage(strip, 0, i * h, w, h, x, y, w * scale, h * scale);
  }
  tiles.setAttribute("aria-label", `${n} maps of ${w} by ${h} of the block ${block}`);
  tiles.dataset.block = block;
}

// On a phone the drawing may scroll away, while the maps stay in view.
function fit() {
  const picture = element.closest(".picture"), above = find(".maps").getBoundingClientRect().top;
  picture?.style.setProperty("--scrolls-off", `${above - picture.getBoundingClientRect().top - GAP}px`);
  drawLines();
  if (state.glimpse) drawTiles(state.glimpse);
}

follow("network", drawNetwork);
watch("value", takeChoice);
watch("glimpse", takeGlimpse);
document.addEventListener("look", want);
onSlide("unet-t", "look", (t) => ({ t }));
onSlide("unet-weight-", "look", (weight, { weights }, k) => ({ weights: replaced(weights, k, weight) }));
new ResizeObserver(fit).observe(element);

// Nothing is asked before it is known who may look.
async function begin() {
  const [device, runs] = await Promise.all([browserDevice(), browserCode("look_runs.js")]);
  if (runs) Object.assign(state, { device, runs });
  state.begun = true;
  want();
}
begin();
