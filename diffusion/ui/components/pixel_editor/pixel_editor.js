// The pixel editor of the Edit tab: a drawing, and which of its pixels stay where it is to be finished.
// They stand in `document.drawing`, {pixels: red, green and blue of each, kept: one byte a pixel, 0 where it shall be
// invented, told: what the page's address says of both}; each change is told by an event "drawn" of the document. An
// event "draw-on" brings another drawing, and so does props.given, JSON {drawing, kept} in base64. The mask is painted
// while `document.editing.kind` is "finish", which an event "editing" tells.
// value: the drawing's pixels as base64, for the server, once they rest.
// props.material: {palette, shelf}, pictures as base64; props.colours: those of the model, "rrggbb rrggbb ...";
// props.words: sentences.

const PIXELS = SIDE * SIDE, WHITE = [255, 255, 255], MOST_UNDONE = 100, MOST_BYTES = 20e6, PAUSE_MS = 200;
const TURNED = { lower: (x, y) => y >= SIDE / 2, right: (x) => x >= SIDE / 2, none: () => false };

const drawing = find(".drawing"), mask = find(".mask"), cursor = find(".cursor");
const undo = find(".undo"), redo = find(".redo"), mirror = find(".mirror");
const { palette, shelf } = props.material, { words } = props;

const state = {
  pixels: bytes(shelf[0].pixels),
  kept: new Uint8Array(PIXELS).fill(1),
  colour: Object.values(palette)[0],     // to paint with
  tool: "draw",
  before: [],    // {pixels, kept} to go back to
  after: [],     // the same to go forward to
  isMirrored: false,
  pause: 0,      // the timer until it rests
};

const isFinishing = () => document.editing?.kind === "finish";
const at = (x, y) => y * SIDE + x;
const colourAt = (i) => [...state.pixels.subarray(3 * i, 3 * i + 3)];

// ---- what is there

function showDrawing() {
  drawSprite(drawing, state.pixels, SIDE);
  mask.hidden = !isFinishing();
  if (!mask.hidden) drawMask();
  undo.disabled = !state.before.length;
  redo.disabled = !state.after.length;
}

// Two greys in turn over each pixel that shall be invented.
function drawMask() {
  const image = new ImageData(SIDE, SIDE);
  state.kept.forEach((stays, i) => {
    const isDark = (i + Math.floor(i / SIDE)) % 2, grey = isDark ? 90 : 150;
    if (!stays) image.data.set([grey, grey, grey + 20, 255], 4 * i);
  });
  mask.getContext("2d").putImageData(image, 0, 0);
}

function tell() {
  showDrawing();
  const { pixels, kept } = now(), isWhole = kept.every((stays) => stays);
  document.drawing = { pixels, kept, told: [["drawn", base64(pixels)], ["kept", isWhole ? "" : kept.join("")]] };
  document.dispatchEvent(new Event("drawn"));
  clearTimeout(state.pause);
  state.pause = setTimeout(rest, PAUSE_MS);
}

function rest() {
  props.value = base64(state.pixels);
  trigger("change");
}

const now = () => ({ pixels: state.pixels.slice(), kept: state.kept.slice() });

// Remembers what is there before it changes.
function remember() {
  state.before = [...state.before, now()].slice(-MOST_UNDONE);
  state.after = [];
}

function go(from, to) {
  if (!from.length) return;
  to.push(now());
  Object.assign(state, from.pop());
  tell();
}

// ---- tools: each changes the pixel i

const TOOLS = {
  draw: (i) => state.pixels.set(state.colour, 3 * i),
  erase: (i) => state.pixels.set(WHITE, 3 * i),
  fill: (i) => flood(i, colourAt(i)),
  pick: (i) => paintWith(colourAt(i)),
  invent: (i) => (state.kept[i] = 0),
  stay: (i) => (state.kept[i] = 1),
};

function flood(start, old) {
  const isOld = (i) => old.every((value, c) => state.pixels[3 * i + c] === value);
  if (old.every((value, c) => value === state.colour[c])) return;
  for (const todo = [start]; todo.length; ) {
    const i = todo.pop(), x = i % SIDE;
    if (!isOld(i)) continue;
    state.pixels.set(state.colour, 3 * i);
    const beside = [x > 0 && i - 1, x < SIDE - 1 && i + 1, i - SIDE, i + SIDE];
    todo.push(...beside.filter((j) => j !== false && j >= 0 && j < PIXELS));
  }
}

function paintWith(colour) {
  state.colour = colour;
  markColour();
  chooseTool("draw");
}

function markColour() {
  for (const swatch of findAll(".palette input")) swatch.checked = swatch.value === String(state.colour);
}

function chooseTool(name) {
  state.tool = name;
  find(`.tools input[value=${name}]`).checked = true;
}

function use(x, y) {
  const { tool, isMirrored } = state;
  TOOLS[tool](at(x, y));
  if (isMirrored && tool !== "pick") TOOLS[tool](at(SIDE - 1 - x, y));
  tell();
}

// ---- the pointer and the keyboard

onPaint({
  canvas: drawing, cursor, place: find("#edit-cursor"), paint: use,
  begin: () => state.tool !== "pick" && remember(),   // one stroke is undone at once
});
drawing.addEventListener("keydown", (event) => {
  const { key, ctrlKey, metaKey, shiftKey } = event;
  if (!ctrlKey && !metaKey) return;
  if (key.toLowerCase() === "z") shiftKey ? forward() : back();
  else if (key.toLowerCase() === "y") forward();
  else return;
  event.preventDefault();
});

// ---- buttons

const back = () => go(state.before, state.after), forward = () => go(state.after, state.before);
undo.addEventListener("click", back);
redo.addEventListener("click", forward);
mirror.addEventListener("click", () => {
  state.isMirrored = !state.isMirrored;
  mirror.setAttribute("aria-pressed", state.isMirrored);
});
find(".clear").addEventListener("click", () => replace(new Uint8Array(3 * PIXELS).fill(255)));
for (const button of findAll(".masks button")) {
  button.addEventListener("click", () => {
    remember();
    const isTurned = TURNED[button.dataset.side];
    state.kept = Uint8Array.from({ length: PIXELS }, (_, i) => Number(!isTurned(i % SIDE, Math.floor(i / SIDE))));
    tell();
  });
}

function makeTool(name) {
  const input = Object.assign(make("input", "unseen"), { type: "radio", name: "edit-tool", value: name });
  input.checked = name === state.tool;
  input.addEventListener("change", () => (state.tool = name));
  return make("label", "", input, words.tools[name]);
}

const makeColour = (name, rgb) => makeSwatch("edit-colour", name, rgb, paintWith);

function showColours() {
  const colours = (props.colours || "").split(" ").filter(Boolean);
  const swatches = colours.map((hex) => makeColour(`#${hex}`, [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16))));
  find(".all").hidden = !colours.length;
  say(find(".all summary"), fillIn(words.colours, { n: colours.length }));
  find(".all .palette").replaceChildren(...swatches);
  markColour();
}

// ---- other drawings

function replace(pixels) {
  remember();
  state.pixels = pixels.slice();
  complain({});
  tell();
}

function makeShelved({ pixels, name }) {
  const rgb = bytes(pixels), button = makeButton(name, () => replace(rgb), makeSprite(rgb, SIDE));
  button.title = name;
  return button;
}

// A drawing that a saved picture remembers.
function takeGiven() {
  if (!props.given) return;
  const { drawing, kept } = JSON.parse(props.given);
  props.given = "";   // so that the same one can come again
  if (kept) state.kept = bytes(kept);
  replace(bytes(drawing));
}

// A picture stays in this browser: it is laid on white, its longer side as long as the drawing's.
async function readPicture(file) {
  if (file.size > MOST_BYTES) return complain({ error: words.tooLarge });
  const image = await createImageBitmap(file).catch(() => null);
  if (!image) return complain({ error: fillIn(words.noPicture, { name: file.name }) });
  const canvas = Object.assign(document.createElement("canvas"), { width: SIDE, height: SIDE });
  const ink = canvas.getContext("2d"), scale = SIDE / Math.max(image.width, image.height);
  const [width, height] = [image.width * scale, image.height * scale];
  ink.fillStyle = "#fff";
  ink.fillRect(0, 0, SIDE, SIDE);
  ink.imageSmoothingQuality = "high";
  ink.drawImage(image, (SIDE - width) / 2, (SIDE - height) / 2, width, height);
  const { data } = ink.getImageData(0, 0, SIDE, SIDE);
  replace(data.filter((_, i) => i % 4 < 3));
}

find(".upload input").addEventListener("change", ({ target }) => {
  if (target.files[0]) readPicture(target.files[0]);
  target.value = "";   // so that the same one can come again
});

// What the page's address asks for; what cannot be stays as it was.
function takeAddress() {
  const [drawn, kept] = ["drawn", "kept"].map((key) => window.address.read(key));
  if (/^[\w+/]{1024}$/.test(drawn)) state.pixels = bytes(drawn);
  if (/^[01]{256}$/.test(kept)) state.kept = Uint8Array.from(kept, Number);
}

// ---- to begin with

find(".tools").append(...Object.keys(TOOLS).map(makeTool));
find(".pixels > .palette").append(...Object.entries(palette).map(([name, rgb]) => makeColour(name, rgb)));
find(".shelf .sprites").append(...shelf.map(makeShelved));

function followKind() {
  const finishing = isFinishing();
  find(".masks").hidden = !finishing;
  for (const name of ["invent", "stay"]) find(`.tools input[value=${name}]`).parentNode.hidden = !finishing;
  if (!finishing && ["invent", "stay"].includes(state.tool)) chooseTool("draw");
  showDrawing();
}

document.addEventListener("editing", followKind);
document.addEventListener("draw-on", ({ detail }) => replace(detail));
watch("colours", showColours);
watch("given", takeGiven);
if (window.address?.read("tab") === "edit") takeAddress();
showColours();
followKind();
tell();
