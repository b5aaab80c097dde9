// A worker of the pool: with a memory of its own it computes its share of the sprites, in turn.
// In: {id, kind: "kernels", module}, {id, kind: "model", key, file}, {id, kind: "run", key, run, sprites, keep},
// {kind: "drop", id}. Out, once for each id: {id, ...} or {id, error: a sentence}; a run whose sprites came to nothing
// answers {id, failed: a sentence}: that is no fault of the model.

import { Film, scheduleFacts } from "./film.js";
import { joined } from "./joined.js";
import { openMemory } from "./layers.js";
import { BrowserModel, pixelsOf, spriteSteps } from "./sampling.js";
import { WeightsError, readModel } from "./weights_file.js";

const KEPT_MODELS = 4;   // with 8 MB each; those that were used last
const BROKEN = "This browser could not compute the sprites";
const BEYOND = "The sprites grew beyond every number: give less guidance, or weights nearer to 0..1.";

const models = new Map();    // by their keys, the one used last at the end
const dropped = new Set();   // ids of runs that nobody waits for any more
let kernels = null, turn = Promise.resolve();

// Lets messages in: a timer would wait for milliseconds.
const doors = new MessageChannel();
const breath = () => new Promise((resolve) => {
  doors.port1.onmessage = resolve;
  doors.port2.postMessage(null);
});

const TASKS = {
  kernels({ module }) {
    kernels = module;
    return {};
  },

  async model({ key, file }) {
    if (!models.has(key)) use(key, new BrowserModel(await openMemory(kernels), readModel(file)));
    return {};
  },

  // keep: the states of the run that are kept as a film, if any.
  async run({ id, key, run, sprites, keep = [] }) {
    const model = models.get(key), film = new Film(keep, sprites.length), { calls } = model;
    use(key, model);
    const finished = await runToEnd(id, sprites.map((sprite) => spriteSteps(model, run, sprite)), run.steps, film);
    if (!finished) return { dropped: true };
    if (!finished.every((x) => x.every(Number.isFinite))) return { failed: BEYOND };
    const timesteps = model.schedule.timesteps(run.steps);
    return {
      pixels: joined(finished.map(pixelsOf)),
      calls: (model.calls - calls) / sprites.length,
      film: keep.length ? { ...film, ...scheduleFacts(model.schedule, timesteps, keep) } : null,
    };
  },
};

// The finished sprites of runs that go on step by step together, or null if they were dropped on the way.
async function runToEnd(id, runs, steps, film) {
  const finished = [], start = performance.now(), seconds = () => (performance.now() - start) / 1000;
  for (let i = 0; i < steps; i++) {
    film.reach(i, seconds());
    for (const [k, run] of runs.entries()) {
      const { value: step } = run.next();
      film.take(i, k, step);
      finished[k] = step.xNext;
      await breath();
      if (dropped.has(id)) return null;
    }
  }
  film.reach(steps, seconds());
  finished.forEach((x, k) => film.take(steps, k, { x, x0: x }));
  return finished;
}

function use(key, model) {
  models.delete(key);
  models.set(key, model);
  if (models.size > KEPT_MODELS) models.delete(models.keys().next().value);
}

async function answer(message) {
  const { id } = message;
  try {
    const told = await TASKS[message.kind](message);
    postMessage({ id, ...told }, told.pixels ? [told.pixels.buffer] : []);
  } catch (error) {
    if (!(error instanceof WeightsError)) console.warn(error);
    postMessage({ id, error: error instanceof WeightsError ? error.message : BROKEN });
  }
  dropped.delete(id);
}

addEventListener("message", ({ data }) => {
  if (data.kind === "drop") dropped.add(data.id);
  else turn = turn.then(() => answer(data));
});
