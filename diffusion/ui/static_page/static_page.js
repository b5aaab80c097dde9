// The lab as a page alone: its tabs, and what joins the controls to the components, as the app's tabs do with Gradio.
// facts: {words, states, sentences, dissolving, material, sprites, kinds, usualSteps, reach: {usual, wide}, presets,
// mostSeed, mostInASurprise}.

import { device } from "./browser/code/device.js";
import "./browser/code/race_runs.js";   // now, since the files may be out of reach later
import deviceSwitch from "./components/device_switch.js";
import dissolve from "./components/dissolve.js";
import drawing from "./components/drawing.js";
import mixView from "./components/mix_view.js";
import player from "./components/player.js";
import denoiseHere from "./scripts/denoise_here.js";
import pushMix from "./scripts/mix_push.js";
import pushNoise from "./scripts/noise_push.js";
import raceHere from "./scripts/race_here.js";
import sampleHere from "./scripts/sample_here.js";
import stopHere from "./scripts/stop_here.js";
import stopRace from "./scripts/stop_race.js";
import { enable, fieldsOf, node, onChange, read, write } from "./plain_controls.js";
import { cameOf, planOf } from "./plain_race.js";
import { answering, pictureOf, start } from "./stand_in.js";

const facts = JSON.parse(node("facts").textContent), { words } = facts;

const rolled = () => Math.floor(Math.random() * facts.mostSeed);

// ---- tabs

const tabs = [...document.querySelectorAll("[role=tab]")], opened = {};   // what is done when a tab is opened

function open(tab) {
  for (const other of tabs) {
    other.setAttribute("aria-selected", other === tab);
    node(other.getAttribute("aria-controls")).hidden = other !== tab;
  }
  opened[tab.getAttribute("aria-controls")]();
}

tabs.forEach((tab, k) => {
  tab.addEventListener("click", () => open(tab));
  tab.addEventListener("keydown", ({ key }) => {
    const way = { ArrowLeft: -1, ArrowRight: 1 }[key], next = way && tabs.at((k + way) % tabs.length);
    next?.focus();
    next?.click();
  });
});

// ---- what there is in place of a server

const notHere = () => (device.status.why || words.notHere).replace(/\.?$/, ".");
const noGuess = () => (device.status.why ? notHere() : words.student);   // this browser guesses for all other models

const drawnIn = (selector) => [...document.querySelectorAll(`${selector} canvas`)];
const serverOf = (png) => answering({ png: async () => png() }, notHere);

device.drawAll();
for (const id of ["sample-player", "noise-player", "race-player"]) {
  start(player, node(id), { value: "" }, serverOf(() => pictureOf(drawnIn(`#${id} .stage`))));
}
// Nobody here knows the training sprites by heart.
const guessing = {
  guess: async () => ({ error: noGuess() }), think: async () => ({ error: "" }), states: async () => [],
};
start(dissolve, node("dissolve"), facts.dissolving, answering(guessing, notHere));
start(drawing, node("noise-drawing"), { material: facts.material }, answering({}, notHere));
start(mixView, node("mix-view"), { sprites: facts.sprites, noises: "", words: facts.sentences },
  serverOf(() => pictureOf(drawnIn("#mix-view .sprites"), 4)));
for (const id of ["sample-device", "noise-device", "mix-device", "race-device"]) {
  start(deviceSwitch, node(id), { words: facts.states }, answering({}, notHere));
}
node("mix-view").querySelector(".chosen").textContent = words.choose;

// Which settings a model leaves free, and what it brings along.
function follow(model, { guidance, clean }) {
  write(guidance, model.guidance);
  enable(guidance, !model.isStudent);
  node(clean).hidden = !model.palette;
  write(clean, model.palette);
}

// ---- what runs at the press of a button

// Sentences of the lab set a part of themselves in bold by **.
function say(place, sentence) {
  const parts = sentence.split("**").map((part, k) => {
    if (k % 2 === 0) return part;
    return Object.assign(document.createElement("strong"), { textContent: part });
  });
  node(`${place}-facts`).replaceChildren(...parts);
}

// here(): the script of a tab; it says what there is to be said, or presses the button that is in place of the server.
async function run(place, here) {
  say(place, words.fetching);
  if (!await device.known(read(`${place}-checkpoint`))) return say(place, notHere());
  say(place, words.begun);
  const said = await here();
  if (typeof said === "string") say(place, said);
}

// ---- Sample

// As in diffusion/ui/words/runs.py.
function studentSteps(name, steps, own) {
  const told = { name, steps: `${steps} step${steps === 1 ? "" : "s"}`, own };
  return facts.sentences.studentSteps.replace(/{(\w+)}/g, (_, key) => told[key]);
}

const SETTINGS = ["checkpoint", "category", "sampler", "steps", "n", "guidance", "seed", "clean"];
const SAMPLE = SETTINGS.map((id) => `sample-${id}`);

const sample = () => run("sample", () => sampleHere(...SAMPLE.map(read), false));

let aside = null;   // sampler and steps of the learner's own, while a student leaves no choice

// The samplers that there are for a model, or the one that a student is made for.
function offerOf({ isStudent, full }) {
  const [select] = fieldsOf("sample-sampler"), offered = isStudent ? [full.sampler] : Object.keys(facts.usualSteps);
  select.replaceChildren(...offered.map((name) => new Option(facts.kinds[name].title, name)));
}

async function followInSample() {
  const name = read("sample-checkpoint"), model = await device.known(name);
  if (!model || name !== read("sample-checkpoint")) return;
  follow(model, { guidance: "sample-guidance", clean: "sample-clean" });
  const own = aside ?? { sampler: read("sample-sampler"), steps: read("sample-steps") };
  const { sampler, steps } = model.isStudent ? model.full : own;
  aside = model.isStudent ? own : null;
  offerOf(model);
  write("sample-sampler", sampler);
  write("sample-steps", steps);
  if (aside) say("sample", studentSteps(name, steps, own.steps));
  enable("sample-sampler", !model.isStudent);
  enable("sample-steps", !model.isStudent);
}

node("sample-go").addEventListener("click", sample);
node("sample-stop").addEventListener("click", () => {
  stopHere();
  say("sample", "");
});
node("sample-by-server").addEventListener("click", () => say("sample", notHere()));
node("sample-die").addEventListener("click", () => {
  write("sample-seed", rolled());
  sample();
});
onChange("sample-checkpoint", followInSample);
onChange("sample-sampler", () => write("sample-steps", facts.usualSteps[read("sample-sampler")]));

// ---- Noise

async function pushNoiseOnceKnown() {
  const name = read("noise-checkpoint");
  if (await device.known(name) && name === read("noise-checkpoint")) pushNoise(name);
}

node("noise-go").addEventListener("click", () => run("noise", denoiseHere));
node("noise-by-server").addEventListener("click", () => say("noise", noGuess()));
onChange("noise-checkpoint", pushNoiseOnceKnown);

// ---- Context

const weights = [...node("weights").children].map(({ id }) => id);
const MIX = ["mix-checkpoint", "mixing", "wide", "mix-guidance", "mix-seed", "mix-clean", ...weights];

const push = () => pushMix(...MIX.map(read));

// The picture asks at once, so it hears of a mix no sooner than there is a model to draw it with.
async function pushOnceKnown() {
  if (await device.known(read("mix-checkpoint"))) push();
}

async function followInMix() {
  const name = read("mix-checkpoint"), model = await device.known(name);
  if (!model || name !== read("mix-checkpoint")) return;
  follow(model, { guidance: "mix-guidance", clean: "mix-clean" });
  push();
}

function mix(wanted) {
  weights.forEach((id, k) => write(id, wanted[k] ?? 0));
  push();
}

async function mixLike({ weights: wanted, mixing, guidance }) {
  const model = await device.known(read("mix-checkpoint"));
  write("mixing", mixing);
  if (!model.isStudent) write("mix-guidance", guidance ?? model.guidance);
  mix(wanted);
}

// Two or three categories, each weighing 0.2 to 1, as in diffusion/mixing.py.
function surprise() {
  const count = 2 + Math.floor(Math.random() * (facts.mostInASurprise - 1));
  const chosen = weights.map((_, k) => k).sort(() => Math.random() - 0.5).slice(0, count);
  mix(weights.map((_, k) => (chosen.includes(k) ? Number((0.2 + 0.8 * Math.random()).toFixed(2)) : 0)));
}

function widen() {
  const [low, high] = facts.reach[read("wide") ? "wide" : "usual"];
  for (const field of weights.flatMap(fieldsOf)) {
    const { value } = field;
    Object.assign(field, { min: low, max: high });
    field.value = Math.min(high, Math.max(low, value));
  }
  push();
}

[...weights, "mixing", "mix-guidance", "mix-seed", "mix-clean"].forEach((id) => onChange(id, push));
onChange("mix-checkpoint", followInMix);
onChange("wide", widen);
node("surprise").addEventListener("click", surprise);
node("mix-die").addEventListener("click", () => {
  write("mix-seed", rolled());
  push();
});
document.querySelectorAll("[data-preset]").forEach((button) => {
  button.addEventListener("click", () => mixLike(facts.presets[button.dataset.preset]));
});

// ---- DDPM vs DDIM

const LANES = [1, 2].map((place) => ({ sampler: `race-sampler_${place}`, steps: `race-steps_${place}` }));

async function race() {
  const name = read("race-checkpoint"), model = await device.known(name);
  if (model.isStudent) return words.notInRace;
  const clean = model.palette && read("race-clean");
  const asked = { checkpoint: name, n: read("race-n"), seed: read("race-seed"), clean };
  const lanes = LANES.map(({ sampler, steps }) => ({ sampler: read(sampler), steps: read(steps) }));
  const plan = planOf(lanes, facts.kinds, asked, model), told = await raceHere(JSON.stringify(plan));
  if (!told) return "";   // it was stopped
  return typeof told === "string" ? cameOf(JSON.parse(told), plan, words) : told;
}

async function followInRace() {
  const model = await device.known(read("race-checkpoint"));
  if (model) node("race-clean").hidden = !model.palette;
}

node("race-go").addEventListener("click", () => run("race", race));
node("race-stop").addEventListener("click", stopRace);
node("race-by-server").addEventListener("click", () => say("race", notHere()));
onChange("race-checkpoint", followInRace);
for (const { sampler, steps } of LANES) onChange(sampler, () => write(steps, facts.usualSteps[read(sampler)]));

// The first run is drawn once the tab is opened, unless a button that opens it has begun another.
const firstRun = () => requestAnimationFrame(() => node("sample-facts").textContent || sample());

Object.assign(opened, { sample: firstRun, noise: pushNoiseOnceKnown, context: pushOnceKnown, race: () => {} });
pushNoiseOnceKnown();
