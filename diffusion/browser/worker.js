// A worker of the pool: with a memory of its own it computes its share of the sprites. What it is asked it does in
// turn; but a run that is kept as a film, which may be long, waits at each step for all else: it holds no slider up.
// In: {id, kind, ...} with what the tasks below take, and {kind: "drop", id}. Out, once for each id: {id, ...} or {id,
// error: a sentence}, or {id, isForgotten: true} where the model has given way to newer ones. A run whose sprites came
// to nothing answers {id, failed: a sentence}: that is no fault of the model. While a film is made, {id, live: {step,
// pixels, guess}}. place: "cores" or "graphics", where it computes.

import { featureMaps } from "./activations.js";
import { Film, scheduleFacts } from "./film.js";
import { GraphicsMemory, openGraphics } from "./graphics_memory.js";
import { joined } from "./joined.js";
import { Judge } from "./judge.js";
import { LIVE_EVERY_MS } from "./live.js";
import { openMemory } from "./memory.js";
import { SIZE } from "./network.js";
import { floatsOf, pixelsOf } from "./pixels.js";
import { BrowserModel, spriteAt, spriteSteps, wayOf } from "./sampling.js";
import { ForgottenError, WeightsError, readModel } from "./weights_file.js";

const KEPT_MODELS = 4;   // with 15 MB each; those that were used last
const ALIKE_PICTURES = 3, ALIKE = 1e-3;   // of the numbers of a pass
const UNLIKE = "The graphics processor computes other numbers";
const BROKEN = "This browser could not compute the sprites";
const BEYOND = "The sprites grew beyond every number: give less guidance, or weights nearer to 0..1.";

const models = new Map();    // {cores, graphics} by their keys, the one used last at the end
const dropped = new Set();   // ids of runs that nobody waits for any more
let kernels = null, judge = null, graphics = null;
let turn = Promise.resolve(), filming = Promise.resolve();   // the ends of what is asked so far

// Lets messages in: a timer would wait for milliseconds.
const doors = new MessageChannel();
doors.port1.start();
const breath = () => new Promise((resolve) => {
  doors.port1.addEventListener("message", resolve, { once: true });
  doors.port2.postMessage(null);
});

const TASKS = {
  kernels({ module }) {
    kernels = module;
    return {};
  },

  async model({ key, file }) {
    if (!models.has(key)) use(key, { cores: new BrowserModel(await openMemory(kernels), readModel(file)) });
    return {};
  },

  // The model on the graphics processor too; an error if there is none, or it computes something else.
  async graphics({ key, file, takesAny }) {
    graphics ??= openGraphics(takesAny);
    const memory = new GraphicsMemory(await graphics), known = knownAs(key);
    if (known.graphics) return {};
    const model = new BrowserModel(memory, readModel(file));
    if (!await areAlike(known.cores, model).catch(() => false)) {   // or it computes nothing
      memory.close();
      throw new WeightsError(UNLIKE);
    }
    known.graphics = model;
    return {};
  },

  // Nothing but one pass of so many sprites.
  async pace({ key, place, count }) {
    await passed(knownAs(key)[place], count);
    return {};
  },

  async judge({ file }) {
    judge ??= new Judge(await openMemory(kernels), readModel(file));
    return {};
  },

  look({ key, looked }) {
    return { maps: featureMaps(knownAs(key).cores, looked) };
  },

  // keep: the states of the run that are kept as a film, if any; isRead: whether the judge reads what comes of it.
  async run({ id, key, place, run, sprites, keep = [], isRead }) {
    const model = knownAs(key)[place], walk = new Walk(model, run, sprites, keep);
    if (!await walk.toEnd(id)) return { dropped: true };
    if (!walk.x.every((x) => x.every(Number.isFinite))) return { failed: BEYOND };
    const { schedule, timesteps } = wayOf(model, run), pictures = walk.x.map(pixelsOf);
    return {
      pixels: joined(pictures),
      readings: isRead ? pictures.map((pixels) => judge.read(floatsOf(pixels))) : null,
      calls: walk.calls / sprites.length,
      film: keep.length ? { ...walk.film, ...scheduleFacts(schedule, timesteps, keep) } : null,
    };
  },
};

// Runs of several sprites that go on step by step, a few at a time together.
class Walk {
  x = [];        // of each sprite
  x0 = [];       // what the network took each one for
  calls = 0;     // network evaluations of all of them
  seconds = 0;   // of computing them, and nothing else

  constructor(model, run, sprites, keep) {
    this.runs = [];   // {first, steps}: the steps of some sprites, from the first of them on
    const { together } = model;
    for (let first = 0; first < sprites.length; first += together) {
      this.runs.push({ first, steps: spriteSteps(model, run, sprites.slice(first, first + together)) });
    }
    this.steps = wayOf(model, run).timesteps.length - 1;
    this.film = new Film(keep, sprites.length);
  }

  // Whether it got there: not if it is dropped on the way. What is filmed lets all else come first, and is told of.
  async toEnd(id) {
    const { film, steps, runs, x } = this, start = performance.now(), ms = () => performance.now() - start;
    const isFilmed = film.kept.length > 0;
    let tellAt = LIVE_EVERY_MS;
    for (let i = 0; i < steps; i++) {
      film.reach(i, this.seconds);
      for (const some of runs) {
        await this.#step(i, some);
        await breath();
        if (isFilmed) await turn;
        if (dropped.has(id)) return false;
      }
      if (!isFilmed || ms() < tellAt) continue;
      postMessage({ id, live: { step: i + 1, pixels: joined(x.map(pixelsOf)), guess: joined(this.x0.map(pixelsOf)) } });
      tellAt = ms() + LIVE_EVERY_MS;
    }
    film.reach(steps, this.seconds);
    x.forEach((end, k) => film.take(steps, k, { x: end, x0: end }));
    return true;
  }

  async #step(i, { first, steps }) {
    const start = performance.now(), step = await steps.next().value;
    this.seconds += (performance.now() - start) / 1000;
    const { x, x0, eps, z } = step;
    for (let k = 0; k < x.length / SIZE; k++) {
      const [seen, guess, noise, fresh] = [x, x0, eps, z].map((all) => all && spriteAt(all, k));
      this.film.take(i, first + k, { x: seen, x0: guess, eps: noise, z: fresh });
      [this.x[first + k], this.x0[first + k]] = [spriteAt(step.xNext, k), guess];
    }
    this.calls += step.calls;
  }
}

// The model by this key, the one used last from now on.
function knownAs(key) {
  if (!models.has(key)) throw new ForgottenError();
  use(key, models.get(key));
  return models.get(key);
}

function use(key, known) {
  models.delete(key);
  models.set(key, known);
  if (models.size <= KEPT_MODELS) return;
  const [oldest, { graphics: room }] = models.entries().next().value;
  models.delete(oldest);
  room?.net.memory.close();
}

// ---- whether the graphics processor serves

// One pass of `count` pictures of waves, each in a category of its own: what the network makes of them, a few together.
async function passed({ net, together, config: { categories } }, count) {
  const answers = [];
  for (let first = 0; first < count; first += together) {
    const some = Math.min(together, count - first), waves = new Float32Array(some * SIZE).map((_, i) => Math.sin(i));
    const contexts = Array.from({ length: some }, (_, k) => categories.map((_, i) => Number(i === k)));
    answers.push(await net.forward(waves, 0.5, contexts));
  }
  return answers;
}

// The pictures are so few that they go through both together.
async function areAlike(one, other) {
  const [[a], [b]] = [await passed(one, ALIKE_PICTURES), await passed(other, ALIKE_PICTURES)];
  return a.every((value, i) => Math.abs(value - b[i]) <= ALIKE);
}

async function answer(message) {
  const { id } = message;
  try {
    const told = await TASKS[message.kind](message);
    postMessage({ id, ...told }, told.pixels ? [told.pixels.buffer] : []);
  } catch (error) {
    postMessage({ id, ...failure(error) });
  }
  dropped.delete(id);
}

function failure(error) {
  if (error instanceof ForgottenError) return { isForgotten: true };
  if (error instanceof WeightsError) return { error: error.message };
  console.warn(error);
  return { error: BROKEN };
}

addEventListener("message", ({ data }) => {
  if (data.kind === "drop") dropped.add(data.id);
  else if (data.kind === "graphics") answer(data);   // making ready takes long, and is waited for by nobody
  else if (data.keep) filming = Promise.all([filming, turn]).then(() => answer(data));
  else turn = turn.then(() => answer(data));
});
