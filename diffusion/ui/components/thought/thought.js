// What one who knows the training sprites by heart would think of x_t, and what this network guesses.
// value: JSON made by pack_thought: {sentence, state, t, by_heart, network, drawing, itself, categories, candidates,
// sprites, likeliest}, pictures as base64; network is null for a student, itself for a drawing that is none of them.

const SIDE = 16;
const UNSEEN = "This drawing is not one of them: the guess by heart can never name it, yet a network may get it right.";
const GUESS = "its x0, from what it has learnt";
const STUDENT = "a student knows a few noise levels only: choose a model that is none";

const network = find(".network");

const chance = (p) => (p > 0 && p < 0.005 ? "<1 %" : percent(p));

function makeBar(label, p, className = "") {
  const filled = make("i");
  filled.style.width = `${100 * p}%`;
  return [make("span", className, label), make("div", "bar", filled), make("span", className, chance(p))];
}

function makeLikely({ pixels, p, name }) {
  const canvas = makeSprite(bytes(pixels), SIDE);
  canvas.title = name;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", name);
  return make("li", "", canvas, chance(p));
}

function doubt({ itself, candidates, sprites }) {
  const among = count(Math.max(1, Math.round(candidates))), known = itself === null ? UNSEEN : "";
  return `Still possible: about ${among} of ${count(sprites)} training sprites. ${known}`;
}

function showGuesses(thought) {
  drawSprite(find(".by-heart"), bytes(thought.by_heart), SIDE);
  network.hidden = !thought.network;
  find(".guess").textContent = thought.network ? GUESS : STUDENT;
  if (thought.network) drawSprite(network, bytes(thought.network), SIDE);
}

function show(thought) {
  if (!thought) return;
  find(".thought").dataset.t = thought.t;
  find(".sentence").textContent = `“${thought.sentence}”`;
  find(".sentence").dataset.state = thought.state;
  showGuesses(thought);
  find(".bars").replaceChildren(
    ...makeBar(`it is ${thought.drawing}`, thought.itself ?? 0, "itself"),
    ...Object.entries(thought.categories).flatMap(([name, p]) => makeBar(name, p)),
  );
  find(".doubt").textContent = doubt(thought);
  find(".likeliest").replaceChildren(...thought.likeliest.map(makeLikely));
}

follow("value", show);
