// What one who knows the training sprites by heart would think of x_t, and what this network guesses.
// x_t comes as `document.noised`, see noise.js. This browser guesses at each change, one question at a time and always
// the newest; where it cannot, the server is asked once x_t rests. What is thought by heart the server alone knows.
// A thought: {sentence, state, t, by_heart, drawing, itself, categories, candidates, sprites, likeliest}, pictures as
// base64; itself is null for a drawing that is none of them.

const SIDE = 16;
const UNSEEN = "This drawing is not one of them: the guess by heart can never name it, yet a network may get it right.";
const GUESS = "its x0, from what it has learnt";

const network = find(".network");

const state = {
  guessing: false,   // whether a guess is under way
  thinking: null,    // the x_t that is thought about
  begun: false,      // whether it is known who may guess
  device: null,      // who draws, see browser/device.js; null where this browser has none
  runs: null,        // the module browser/noise_runs.js
};

// ---- asking

const isThere = () => document.noised?.pixels && "checkpoint" in document.noised;

function want() {
  if (!state.begun || !isThere()) return;
  guess();
  if (document.noised.rests) think();
}

const asText = ({ pixels, ...others }) => JSON.stringify({ ...others, pixels: base64(pixels) });

async function guess() {
  if (state.guessing) return;
  state.guessing = true;
  for (let noised = null; noised !== document.noised; ) {
    noised = document.noised;
    const answer = await guessHere(noised) ?? await guessThere(noised);
    if (answer) showGuess(answer, noised);
  }
  state.guessing = false;
}

// {pixels} from this browser; null where the server must guess.
async function guessHere(noised) {
  const model = state.device?.know(noised.checkpoint), request = model && state.runs.guessRun(noised, model);
  return request && state.device.draw(request, "guess");
}

async function guessThere(noised) {
  if (!noised.rests) return null;
  const answer = await ask("guess", asText(noised));
  return answer.error ? answer : { pixels: bytes(answer) };
}

async function think() {
  const noised = state.thinking = document.noised, thought = await ask("think", asText(noised));
  if (noised !== state.thinking) return;   // it has gone on
  complain(thought);
  if (!thought.error) show(thought);
}

// ---- showing

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

function showGuess({ pixels, error = "" }, { t }) {
  network.hidden = !pixels;
  say(find(".guess"), error || GUESS);
  if (!pixels) return;
  drawSprite(network, pixels, SIDE);
  network.dataset.t = t;
}

function show(thought) {
  find(".thought").dataset.t = thought.t;
  find(".sentence").textContent = `“${thought.sentence}”`;
  find(".sentence").dataset.state = thought.state;
  drawSprite(find(".by-heart"), bytes(thought.by_heart), SIDE);
  find(".bars").replaceChildren(
    ...makeBar(`it is ${thought.drawing}`, thought.itself ?? 0, "itself"),
    ...Object.entries(thought.categories).flatMap(([name, p]) => makeBar(name, p)),
  );
  find(".doubt").textContent = doubt(thought);
  find(".likeliest").replaceChildren(...thought.likeliest.map(makeLikely));
}

// Nothing is asked before it is known who may guess.
async function begin() {
  const [device, runs] = await Promise.all([browserDevice(), browserCode("noise_runs.js")]);
  if (runs) Object.assign(state, { device, runs });
  state.begun = true;
  want();
}

document.addEventListener("noised", want);
begin();
