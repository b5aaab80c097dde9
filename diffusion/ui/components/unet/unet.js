// The U-Net: the network as a drawing, its blocks as buttons, and the maps of the chosen block as tiles.
// value: the name of the chosen block; network: JSON of NetworkFacts; glimpse: JSON of FeatureMaps, see inside.py.

const GAP = 2, LARGEST_TILE = 112;

const net = find(".net"), wires = find(".wires"), lines = find(".lines"), signals = find(".signals");
const tiles = find(".tiles");

let blocks = [];   // {facts, button, bar} in the order of the forward pass
let colours = {};   // the palette, and the names of the colours that it is made of

const parse = (json) => (json ? JSON.parse(json) : null);
const size = (shape) => shape.join("×");
const named = (name) => blocks.find((block) => block.facts.name === name);
const count = new Intl.NumberFormat("en").format;
const short = (n) => (n < 1000 ? `${n}` : `${(n / 1000).toFixed(n < 100_000 ? 1 : 0)} k`);

// ---- the drawing

function makeBlock(facts) {
  const button = make("button", "block"), bar = make("span", "change"), takes = make("span", "takes");
  const weights = make("small", "", short(facts.parameters));
  button.type = "button";
  weights.append(make("span", "params", " params"));
  takes.append(...facts.takes.map((signal) => make("span", signal, signal[0])));
  button.append(make("strong", "", facts.name), make("small", "", size(facts.shape_out)), weights, takes, bar);
  const entering = facts.takes.length ? `, ${facts.takes.join(" and ")} enter` : "";
  const skip = facts.skip_from ? `, joined with ${facts.skip_from}` : "";
  button.setAttribute(
    "aria-label",
    `${facts.name}: ${size(facts.shape_in)} to ${size(facts.shape_out)}, ${facts.parameters} parameters` + entering + skip,
  );
  button.addEventListener("click", () => choose(facts.name));
  return { facts, button, bar };
}

// Down the left arm, along the bottom, up the right arm.
function placeBlocks() {
  const at = (...places) => blocks.filter((block) => places.includes(block.facts.place));
  const left = at("enter", "down"), bottom = at("bottom"), right = at("up", "leave").reverse();
  const lastColumn = Math.max(bottom.length, 1) + 2, lastRow = Math.max(left.length, right.length) + 2;
  const put = (block, column, row) => (block.button.style.gridArea = `${row} / ${column}`);
  left.forEach((block, i) => put(block, 1, i + 2));
  bottom.forEach((block, i) => put(block, i + 2, lastRow));
  right.forEach((block, i) => put(block, lastColumn, i + 2));
  find(".net .x_t").style.gridArea = "1 / 1";
  find(".net .x0").style.gridArea = `1 / ${lastColumn}`;
  signals.style.gridArea = `1 / 2 / 2 / ${lastColumn}`;
}

function drawNetwork() {
  const network = parse(props.network);
  blocks.forEach((block) => block.button.remove());
  blocks = network ? network.blocks.map(makeBlock) : [];
  net.append(...blocks.map((block) => block.button));
  placeBlocks();
  find(".total").textContent = network ? totals(network) : "";
  for (const signal of ["time", "context"]) {
    signals.querySelector(`.${signal}`).hidden = !blocks.some((block) => block.facts.takes.includes(signal));
  }
  drawLines();
}

function totals(network) {
  const parts = Object.entries(network.embeddings).map(([name, parameters]) => `${name} ${count(parameters)}`);
  return `${network.network}: ${count(network.parameters)} parameters (${parts.join(", ")})`;
}

const box = (node) => ({
  left: node.offsetLeft, right: node.offsetLeft + node.offsetWidth, x: node.offsetLeft + node.offsetWidth / 2,
  top: node.offsetTop, bottom: node.offsetTop + node.offsetHeight, y: node.offsetTop + node.offsetHeight / 2,
});

function line(kind, path, arrow = true) {
  const node = document.createElementNS(wires.namespaceURI, "path");
  node.setAttribute("class", kind);
  node.setAttribute("d", path);
  if (arrow) node.setAttribute("marker-end", "url(#unet-arrow)");
  lines.append(node);
}

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

function drawLines() {
  lines.replaceChildren();
  if (!blocks.length || !net.clientWidth) return;
  wires.setAttribute("width", net.scrollWidth);
  wires.setAttribute("height", net.scrollHeight);
  const stops = [find(".net .x_t"), ...blocks.map((block) => block.button), find(".net .x0")].map(box);
  stops.slice(1).forEach((stop, i) => line("flow", flow(stops[i], stop)));
  const source = box(signals);
  for (const { facts, button } of blocks) {
    const to = box(button);
    if (facts.skip_from) {
      const from = box(named(facts.skip_from).button);
      line("skip", `M${from.right} ${from.y}L${to.left} ${to.y}`);
    }
    if (!facts.takes.length) continue;
    const chosen = facts.name === props.value ? " chosen" : "";
    line(`signal${chosen}`, signalPath(source, to, facts.place), false);
  }
}

function choose(name) {
  props.value = name;
  markChosen();
  trigger("select");
}

function markChosen() {
  for (const { facts, button } of blocks) button.setAttribute("aria-pressed", facts.name === props.value);
  drawLines();
}

// ---- the maps

function drawGlimpse() {
  const glimpse = parse(props.glimpse);
  if (!glimpse) return;
  drawTiles(glimpse);   // first: it measures the page, which the other changes would make slow
  const noise = Math.round(100 * glimpse.noise);
  const label = `Sprite with noise at t = ${glimpse.t}`;
  drawPicture("x_t", glimpse.x_t, glimpse.side, "noisy x_t", label, `${noise} % noise`);
  drawPicture("x0", glimpse.x0, glimpse.side, "predicted x0", "What the network predicts the clean sprite to be", "");
  drawAbout(glimpse);
  for (const { facts, bar } of blocks) {
    const share = glimpse.changes[facts.name] ?? 0;
    bar.style.transform = `scaleX(${share})`;
    bar.parentElement.title = `The context changes ${Math.round(100 * share)} % of what ${facts.name} puts out`;
  }
}

function drawPicture(name, data, side, title, label, more) {
  const image = spriteImage(bytes(data), side);
  for (const figure of element.querySelectorAll(`figure.${name}`)) {
    const canvas = figure.firstElementChild;
    if (canvas.width !== side) canvas.width = canvas.height = side;
    canvas.getContext("2d").putImageData(image, 0, 0);
    canvas.setAttribute("aria-label", label);
    figure.lastElementChild.replaceChildren(title, make("span", "more", more));
  }
}

function drawAbout({ block, shape, channels, scale }) {
  const { facts } = named(block);
  find(".name").textContent = facts.name;
  find(".shape").textContent =
    `${size(facts.shape_in)} → ${size(facts.shape_out)}, ${count(facts.parameters)} parameters`;
  find(".does").textContent = facts.does;
  find(".low").textContent = `−${scale.toPrecision(3)}`;
  find(".high").textContent = scale.toPrecision(3);
  const shown = shape[0] < channels ? `the first ${shape[0]} of ${channels} maps` : `${channels} maps`;
  find(".note").textContent = scale ? `${shown} on one scale; grey is 0` : `${shown}, all of them 0`;
}

// The colour of each byte: 1..127 below zero, 128 zero, 129..255 above it, from the page's own colours.
function palette() {
  const style = getComputedStyle(element);
  const names = ["--below-zero", "--zero", "--above-zero"].map((name) => style.getPropertyValue(name).trim());
  if (colours.names === names.join()) return colours.table;
  const [low, zero, high] = names.map((name) => name.match(/[\da-f]{2}/gi).map((digits) => parseInt(digits, 16)));
  const table = Uint32Array.from({ length: 256 }, (_, byte) => {
    const share = Math.min(1, Math.abs(byte - 128) / 127), end = byte < 128 ? low : high;
    const [red, green, blue] = zero.map((from, i) => Math.round(from + share * (end[i] - from)));
    return (255 << 24) | (blue << 16) | (green << 8) | red;
  });
  colours = { names: names.join(), table };
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

function drawTiles({ tiles: data, shape: [n, h, w], block }) {
  const width = Math.round(tiles.clientWidth * devicePixelRatio);
  const height = Math.round(tiles.clientHeight * devicePixelRatio);
  if (!width) return;
  const table = palette(), strip = new ImageData(w, n * h);
  new Uint32Array(strip.data.buffer).set(Uint32Array.from(bytes(data), (byte) => table[byte]));
  const source = new OffscreenCanvas(w, n * h);
  source.getContext("2d").putImageData(strip, 0, 0);
  tiles.width = width;
  tiles.height = height;
  const context = tiles.getContext("2d"), { columns, scale } = bestGrid(n, w, h, width, height);
  context.imageSmoothingEnabled = false;
  for (let i = 0; i < n; i++) {
    const x = (i % columns) * (w * scale + GAP), y = Math.floor(i / columns) * (h * scale + GAP);
    context.drawImage(source, 0, i * h, w, h, x, y, w * scale, h * scale);
  }
  tiles.setAttribute("aria-label", `${n} maps of ${w} by ${h} of the block ${block}`);
  tiles.dataset.block = block;
}

// On a phone the drawing may scroll away, while the maps stay in view.
function fit() {
  const picture = element.closest(".picture"), above = find(".maps").getBoundingClientRect().top;
  picture?.style.setProperty("--scrolls-off", `${above - picture.getBoundingClientRect().top - GAP}px`);
  drawLines();
  const glimpse = parse(props.glimpse);
  if (glimpse) drawTiles(glimpse);
}

watch("network", () => {
  drawNetwork();
  markChosen();
});
watch("value", markChosen);
watch("glimpse", drawGlimpse);
drawNetwork();
markChosen();
drawGlimpse();
new ResizeObserver(fit).observe(element);
