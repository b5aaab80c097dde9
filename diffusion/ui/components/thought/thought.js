// What an ideal network would think of x_t, and what this one guesses. Value: JSON made by pack_thought.

const SIDE = 16;
const UNSEEN = "This drawing is not one of them: the ideal guess can never name it, yet a network may get it right.";
const GUESS = "its x0, from what it has learnt";
const STUDENT = "a student knows a few noise levels only: choose a model that is none";

function put(canvas, base64) {
  canvas.getContext("2d").putImageData(spriteImage(bytes(base64), SIDE), 0, 0);
}

const percent = (p) => (p > 0 && p < 0.005 ? "<1 %" : `${Math.round(100 * p)} %`);

function row(label, p, className = "") {
  const bar = make("div", "bar"), filled = make("i");
  filled.style.width = `${100 * p}%`;
  bar.append(filled);
  return [make("span", className, label), bar, make("span", className, percent(p))];
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
