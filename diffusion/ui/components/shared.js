// What every component's JavaScript begins with: following its properties, making nodes, numbers, sprites, questions to
// the server, saving, and the pointer. Gradio gives `element`, `props`, `watch`, `trigger` and `server`.

// Steps of the arrow keys, to the right and down.
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

// ---- properties

// Shows what a property says in JSON, now and whenever it changes; null where it says nothing. Gives what shows it
// again, since nobody hears of what a component writes itself.
function follow(name, show) {
  const tell = () => show(props[name] ? JSON.parse(props[name]) : null);
  tell();
  watch(name, tell);
  return tell;
}

// ---- nodes

const find = (selector) => element.querySelector(selector);
const findAll = (selector) => [...element.querySelectorAll(selector)];

function make(tag, className = "", ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children);
  return node;
}

// label: what a screen reader says, where the children do not say it.
function makeButton(label, act, ...children) {
  const button = make("button", "", ...children);
  button.type = "button";
  if (label) button.setAttribute("aria-label", label);
  button.addEventListener("click", act);
  return button;
}

// Presses buttons of the page, one after the other: each as soon as it is there.
async function press(...selectors) {
  for (const selector of selectors) {
    while (!document.querySelector(selector)) await new Promise(requestAnimationFrame);
    document.querySelector(selector).click();
  }
}

// A part of the drawing in the component's own svg.
function makeSvg(tag, attributes = {}, text = "") {
  const node = document.createElementNS(find("svg").namespaceURI, tag);
  for (const [name, content] of Object.entries(attributes)) node.setAttribute(name, content);
  node.textContent = text;
  return node;
}

// What stays the same is not written again, so that the browser has nothing to lay out.
function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// A colour of the page's theme, such as --noise.
const pageColour = (name) => getComputedStyle(element).getPropertyValue(name).trim();

// ---- numbers

const percent = (share, decimals = 0) => `${(100 * share).toFixed(decimals)} %`;
const clamp = (value, low = 0, high = 1) => Math.max(low, Math.min(high, value));
const mean = (numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

const LADDER = [1, 1.5, 2, 3, 4, 5, 6, 8, 10], SLACK = 1e-9;
const decade = (value) => 10 ** Math.floor(Math.log10(value) + SLACK);

// Round limits for an axis: the next step of a ladder, which is a list such as 1, 2, 5, 10, times a power of ten.
function roundUp(value, ladder) {
  const power = decade(value);
  return (ladder.find((step) => step >= value / power - SLACK) ?? 10) * power;
}

function roundDown(value, ladder) {
  const power = decade(value);
  return (ladder.findLast((step) => step <= value / power + SLACK) ?? 1) * power;
}

// ---- noise

// How much of x_t is noise: its weight sqrt(1 - alpha_bar) beside that of the sprite, sqrt(alpha_bar).
const noiseShare = (alphaBar) => Math.sqrt(1 - alphaBar) / (Math.sqrt(alphaBar) + Math.sqrt(1 - alphaBar));

// ---- the drawing under noise

// Changes what several components show of it, and tells them by an event "noised" of the document.
// `document.noised`: {pixels, eps, seed, schedule, t}, and, once it is chosen, the model's name as `checkpoint`; rests:
// whether nothing has changed for a moment.
function changeNoised(change) {
  document.noised = { ...document.noised, rests: false, ...change };
  document.dispatchEvent(new Event("noised"));
}

// ---- sprites

// What is shown of a run, in the words of every tab.
const VIEW_NAMES = { x_t: "now (x_t)", x0: "the guess (x0)", eps: "guessed noise (eps)", z: "fresh noise (z)" };

const SIDE = 16, SPRITE_BYTES = 3 * SIDE * SIDE;

const base64 = (bytes) => btoa(String.fromCharCode(...bytes));

// Of millions of bytes, so the browser does it itself where it can.
function bytes(base64) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(base64);
  const text = atob(base64), all = new Uint8Array(text.length);
  for (let i = 0; i < all.length; i++) all[i] = text.charCodeAt(i);
  return all;
}

// Sprite k of those whose red, green and blue follow each other in `pixels`.
function spriteImage(pixels, side, k = 0) {
  const image = new ImageData(side, side);
  for (let i = 0, j = 3 * side * side * k; i < image.data.length; i += 4, j += 3) {
    image.data[i] = pixels[j];
    image.data[i + 1] = pixels[j + 1];
    image.data[i + 2] = pixels[j + 2];
    image.data[i + 3] = 255;
  }
  return image;
}

function drawSprite(canvas, pixels, side, k = 0) {
  if (canvas.width !== side || canvas.height !== side) canvas.width = canvas.height = side;
  canvas.getContext("2d").putImageData(spriteImage(pixels, side, k), 0, 0);
}

function makeSprite(pixels, side, k = 0) {
  const canvas = make("canvas");
  drawSprite(canvas, pixels, side, k);
  return canvas;
}

// ---- the server

const SILENT = "The server did not answer: try again.";

// The answer of one of the component's server functions; {error: a sentence} where something went wrong. Whether the
// server is there at all is told to the document.
async function ask(question, about) {
  const answer = await server[question](about).catch(() => null);
  document.dispatchEvent(new CustomEvent("heard", { detail: Boolean(answer) }));
  return answer ?? { error: SILENT };
}

// The JSON at an address of the lab's own; {error: a sentence} where there is none.
const fetched = (address) => (
  fetch(new URL(address, document.baseURI)).then((answer) => answer.json()).catch(() => ({ error: SILENT }))
);

// Calls act(watcher) whenever the component is shown, as when its tab is opened, wherever the page is scrolled to. A
// function that tells whether it is, and has the page lay out nothing for that, as `offsetParent` does.
function whenSeen(act) {
  let isSeen = false;
  const watcher = new ResizeObserver(([{ contentRect }]) => {
    const wasSeen = isSeen;
    isSeen = contentRect.width > 0;
    if (isSeen && !wasSeen) act(watcher);
  });
  watcher.observe(element);
  return () => isSeen;
}

// Has `show` show what was recorded, at the address in props.recorded, once the component is seen and still isEmpty();
// tell() hears in a sentence why not, if it cannot.
function offerRecorded(isEmpty, show, tell) {
  if (!props.recorded) return;
  whenSeen(async (watcher) => {
    watcher.disconnect();
    const found = isEmpty() ? await fetched(props.recorded) : null;
    if (!found || !isEmpty()) return;
    if (found.error) tell(found);
    else show(found);
  });
}

// A promise of a module of the browser's device, see browser/; of null where the browser cannot even load it.
const browserCode = (name) => import(new URL(`browser/code/${name}`, document.baseURI)).catch(() => null);

// Who draws, this browser or the server: a promise of the one object of the page that says so, see browser/device.js.
const browserDevice = () => browserCode("device.js").then((code) => code && code.device);

// Says what went wrong, or that nothing did, in the component's own line for that.
const complain = ({ error = "" }) => say(find(".told"), error);

// The save buttons, each of the kind of file that its data-kind says; recipe() is what the file is made of.
// saving: what a button says meanwhile, if it says something else.
function offerSaving(recipe, saving = "") {
  for (const button of findAll(".save")) {
    const { kind } = button.dataset, name = button.textContent;
    button.addEventListener("click", async () => {
      button.disabled = true;
      if (saving) button.textContent = saving;
      const file = await ask(kind, recipe());
      button.disabled = false;
      button.textContent = name;
      complain(file);
      if (!file.error) download(file, kind);
    });
  }
}

function download(file, kind) {
  const link = make("a");
  link.href = `data:image/${kind};base64,${file}`;
  link.download = `sprites.${kind}`;
  link.click();
}

// ---- the pointer

// Calls act(x, y) where a node is pressed and while it is dragged; x, y: shares of its width and height.
function onDrag(node, act) {
  const tell = ({ clientX, clientY }) => {
    const { left, top, width, height } = node.getBoundingClientRect();
    act((clientX - left) / width, (clientY - top) / height);
  };
  node.addEventListener("pointerdown", (event) => {
    node.setPointerCapture(event.pointerId);
    tell(event);
  });
  node.addEventListener("pointermove", (event) => event.buttons && tell(event));
}
