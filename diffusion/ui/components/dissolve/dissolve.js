// A sprite dissolves and comes back, by itself until it is touched: x_t = sqrt(alpha_bar) x0 + sqrt(1 - alpha_bar) eps,
// computed here at every touch of the bar, beside what the network takes it for, and what one would say of it who knows
// the training sprites by heart. Until it is touched both are told from a recording; then this browser guesses at each
// change, or the server where it cannot; what is thought by heart the server alone knows. Of each one question is under
// way at a time, and the next is about the newest x_t.
// What is shown stands in `document.noised`, see shared.js; each thought is told by an event "thought" of the document.
// At an event "hold" it stands still.
// value: JSON {pixels, t, seed, schedule}, for the server.
// props.alphaBar: {linear, cosine}; props.t: the level that it starts from;
// props.recorded: {stretches, t, sentences, guesses}, pictures as base64; props.words: {again, stop, level, recorded},
// and `tour` where there is one.

const PIXELS = SIDE * SIDE, PAUSE_MS = 200, ROUND_MS = 18_000, PICTURE_MS = 80;

const noised = find(".noised"), network = find(".network"), slider = find(".t");
const { alphaBar, recorded, words } = props, guesses = bytes(recorded.guesses), last = alphaBar.linear.length - 1;

const state = {
  touched: false,    // until then all is told from the recording
  moving: null,      // the time, in ms, that the dissolving counts from; null while it stands still
  next: 0,           // the timer until it moves on
  pause: 0,          // the timer until x_t rests
  about: null,       // the drawing, noise and schedule that the states were asked about
  checkpoint: undefined,
  thought: null,     // the question that was answered last
  busy: new Set(),   // questions under way
  begun: false,      // whether it is known who may guess
  device: null,      // who draws, see browser/device.js; null where this browser has none
  runs: null,        // the module browser/noise_runs.js
};

// ---- the picture

function xT({ pixels: x0, eps }, signal, noise) {
  const pixels = new Uint8ClampedArray(3 * PIXELS);   // rounds and clips
  for (let i = 0; i < pixels.length; i++) {
    const clean = x0[i] / 127.5 - 1, pixel = Math.floor(i / 3), channel = i % 3;
    pixels[i] = (signal * clean + noise * eps[channel * PIXELS + pixel] + 1) * 127.5;
  }
  return pixels;
}

function draw() {
  const { t, schedule } = document.noised, kept = alphaBar[schedule][t], share = percent(noiseShare(kept));
  drawSprite(noised, xT(document.noised, Math.sqrt(kept), Math.sqrt(1 - kept)), SIDE);
  noised.setAttribute("aria-label", `The drawing at t = ${t}, with ${share} noise`);
  noised.dataset.t = t;
  slider.value = t;
  say(find(".share"), `${share} noise`);
  say(find(".small"), fillIn(state.touched ? words.level : words.recorded, { t, last }));
}

// ---- by itself, or by hand

function touch() {
  state.touched = true;
  state.moving = null;
  say(find(".play"), words.again);
  find(".sentence").setAttribute("aria-live", "polite");
}

function moveTo(t) {
  touch();
  changeNoised({ t });
}

// A few pictures a second are enough, and none while it is not seen: it may stand open all day.
function move() {
  if (state.moving === null) return;
  if (element.offsetParent && !document.hidden) {
    const share = (1 - Math.cos((2 * Math.PI * (performance.now() - state.moving)) / ROUND_MS)) / 2;
    changeNoised({ t: 1 + Math.round(share * (last - 1)) });
  }
  state.next = setTimeout(move, PICTURE_MS);
}

// From where it stands.
function play() {
  const share = (document.noised.t - 1) / (last - 1);
  state.moving = performance.now() - (ROUND_MS * Math.acos(1 - 2 * share)) / (2 * Math.PI);
  say(find(".play"), words.stop);
  clearTimeout(state.next);
  move();
}

// ---- what is told of it

function heard() {
  if (!isThere()) return;
  if (!state.touched && !isRecorded()) touch();
  draw();
  if (!state.touched) return showRecorded();
  if (document.noised.rests && element.offsetParent) tellAddress();
  clearTimeout(state.pause);
  if (!document.noised.rests) state.pause = setTimeout(rest, PAUSE_MS);
  want();
}

const isThere = () => document.noised?.pixels && document.noised.t;
// Of the first drawing, noise and schedule there are, and of the first model.
function isRecorded() {
  const { checkpoint } = document.noised, about = aboutOf(document.noised);
  state.about ??= about;
  state.checkpoint ??= checkpoint;
  return about === state.about && checkpoint === state.checkpoint;
}

const aboutOf = ({ pixels, seed, schedule }) => [pixels, seed, schedule].join();
const asText = ({ pixels, t, seed, schedule, checkpoint }) => (
  JSON.stringify({ pixels: base64(pixels), t, seed, schedule, checkpoint })
);

function rest() {
  changeNoised({ rests: true });
  props.value = asText(document.noised);
}

function tellAddress() {
  const keys = ["t", "seed", "schedule", "drawn"];
  window.address?.tell("noise", keys, keys.map((key) => document.noised[key]));
}

function showRecorded() {
  const { t } = document.noised, k = recorded.t.findLastIndex((level) => level <= t);
  drawSprite(network, guesses, SIDE, k);
  showSentence(recorded.sentences[k], stateAt(recorded.stretches, t));
}

const stateAt = (stretches, t) => stretches.findLast((stretch) => stretch.t[0] <= t)?.state ?? stretches[0].state;

function want() {
  if (!state.begun) return;
  inTurn("guess", guess);
  inTurn("think", think);
  inTurn("states", askStates);
}

// Goes on as long as there is a newer x_t than the one that was asked about.
async function inTurn(question, act) {
  if (state.busy.has(question)) return;
  state.busy.add(question);
  for (let asked = null; asked !== document.noised; ) {
    asked = document.noised;
    await act(asked);
  }
  state.busy.delete(question);
}

async function guess(about) {
  if (!("checkpoint" in about)) return;
  const answer = await guessHere(about) ?? await guessThere(about);
  if (answer) showGuess(answer, about);
}

// {pixels} from this browser; null where the server must guess.
async function guessHere(about) {
  const model = state.device?.know(about.checkpoint), request = model && state.runs.guessRun(about, model);
  return request && state.device.draw(request, "guess");
}

async function guessThere(about) {
  if (!about.rests) return null;
  const answer = await ask("guess", asText(about));
  return answer.error ? answer : { pixels: bytes(answer) };
}

function showGuess({ pixels, error = "" }, { t }) {
  network.hidden = !pixels;
  say(find(".guess"), error);
  if (!pixels) return;
  drawSprite(network, pixels, SIDE);
  network.dataset.t = t;
}

async function think(about) {
  const question = asText(about);
  if (question === state.thought) return;
  const thought = await ask("think", question);
  complain(thought);
  state.thought = thought.sentence ? question : null;
  if (!thought.sentence) return;   // it failed, or nobody here knows the sprites by heart
  showSentence(thought.sentence, thought.state);
  document.dispatchEvent(new CustomEvent("thought", { detail: thought }));
}

function showSentence(sentence, stateOf) {
  say(find(".sentence"), `“${sentence.replaceAll(" %", "\u00a0%")}”`);   // no number is parted from its sign
  find(".sentence").dataset.state = stateOf;
}

// What would be thought at each level changes with the drawing, the noise and the schedule.
async function askStates(about) {
  if (aboutOf(about) === state.about || !about.rests) return;
  const stretches = await ask("states", asText(about));
  if (stretches.error) return;
  state.about = aboutOf(about);
  showStates(stretches);
}

// A stretch: {state: what is thought, t: the levels at which}.
function showStates(stretches) {
  find(".bands").replaceChildren(...stretches.map(makeStretch));
  for (const button of findAll(".landmarks button")) {
    const there = stretches.filter((stretch) => stretch.state === button.dataset.state).map(({ t }) => t);
    const longest = there.reduce((a, b) => (b.length > a.length ? b : a), []);
    button.disabled = !longest.length;
    button.dataset.t = longest[Math.floor(longest.length / 2)];
  }
}

function makeStretch(stretch) {
  const band = make("span", stretch.state.replace(" ", "-"));
  band.style.flexGrow = stretch.t.length;
  return band;
}

// ---- what is pressed

slider.addEventListener("pointerdown", touch);
document.addEventListener("hold", () => {
  touch();
  rest();
});
slider.addEventListener("input", () => moveTo(Number(slider.value)));
find(".landmarks").addEventListener("click", (event) => {
  const { t } = event.target.closest("button")?.dataset ?? {};
  if (t) moveTo(Number(t));
});
find(".play").addEventListener("click", () => {
  if (state.moving === null) return play();
  touch();
  want();
});
if (words.tour) Object.assign(find(".take"), { hidden: false, textContent: words.tour });
find(".take").addEventListener("click", () => document.dispatchEvent(new Event("tour")));
find(".go").addEventListener("click", () => press("#tab-sample-button", "#sample-die"));

// Nothing is asked before it is known who may guess.
async function begin() {
  const [device, runs] = await Promise.all([browserDevice(), browserCode("noise_runs.js")]);
  if (runs) Object.assign(state, { device, runs });
  state.begun = true;
  if (state.touched && isThere()) want();
}

slider.max = last;
showStates(recorded.stretches);
document.addEventListener("noised", heard);
const asked = Number(window.address?.read("t"));
changeNoised({ t: asked >= 1 && asked <= last ? Math.round(asked) : props.t });
if (asked) touch();
else if (matchMedia("(prefers-reduced-motion: reduce)").matches) say(find(".play"), words.again);
else play();
begin();
