// What an ideal network would think of x_t, and what this one guesses. Value: JSON made by pack_thought.

const SIDE = 16;
const UNSEEN = "This drawing is not one of them: the ideal guess can never name it, yet a network may get it right.";
const GUESS = "its x0, from what it has learnt";
const STUDENT = "a student knows a few noise levels only: choose a model that is none";
const find = (selector) => element.querySelector(selector);

function put(canvas, base64) {
  const rgb = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  const context = canvas.getContext("2d"), picture = context.createImageData(SIDE, SIDE);
  for (let i = 0; i < SIDE * SIDE; i++) picture.data.set([rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2], 255], 4 * i);
  context.putImageData(picture, 0, 0);
}

const percent = (p) => (p > 0 && p < 0.005 ? "<1 %" : `${Math.round(100 * p)} %`);

function make(tag, text = "", className = "") {
  return Object.assign(document.createElement(tag), { textContent: text, className });
}

function row(label, p, className = "") {
  const bar = make("div", "", "bar"), filled = make("i");
  filled.style.width = `${100 * p}%`;
  bar.append(filled);
  return [make("span", label, className), bar, make("span", percent(p), className)];
}

function likely({ pixels, p, name }) {
  const item = make("li"), canvas = make("canvas");
  canvas.width = canvas.height = SIDE;
  canvas.title = name;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", name);
  put(canvas, pixels);
  item.append(canvas, percent(p));
  return item;
}

function doubt({ itself, candidates, sprites }) {
  const count = sprites.toLocaleString("en"), among = Math.max(1, Math.round(candidates)).toLocaleString("en");
  const known = itself === null ? UNSEEN : "";
  return `Still possible: about ${among} of ${count} training sprites. ${known}`;
}

function show(thought) {
  find(".sentence").textContent = `“${thought.sentence}”`;
  find(".sentence").dataset.state = thought.state;
  find(".thought").dataset.t = thought.t;
  put(find(".ideal"), thought.ideal);
  find(".network").hidden = !thought.network;
  find(".guess").textContent = thought.network ? GUESS : STUDENT;
  if (thought.network) put(find(".network"), thought.network);
  find(".bars").replaceChildren(
    ...row(`it is ${thought.drawing}`, thought.itself ?? 0, "itself"),
    ...Object.entries(thought.categories).flatMap(([name, p]) => row(name, p)),
  );
  find(".doubt").textContent = doubt(thought);
  find(".likeliest").replaceChildren(...thought.likeliest.map(likely));
}

const refresh = () => props.value && show(JSON.parse(props.value));
refresh();
watch("value", refresh);
