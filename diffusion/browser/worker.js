// A worker of the pool: with a memory of its own it computes its share of the sprites, one after another.
// In: {id, kind: "kernels", module}, {id, kind: "model", key, file}, {id, kind: "run", key, run, sprites},
// {kind: "drop", id}. Out, once for each id: {id, ...} or {id, error: a sentence}; a run whose sprites came to nothing
// answers {id, failed: a sentence}: that is no fault of the model.

import { openMemory } from "./layers.js";
import { SIZE } from "./network.js";
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

  async run({ id, key, run, sprites }) {
    const model = models.get(key), pixels = new Uint8Array(sprites.length * SIZE), before = model.calls;
    use(key, model);
    for (const [k, sprite] of sprites.entries()) {
      const finished = await finishedSprite(id, spriteSteps(model, run, sprite));
      if (!finished) return { dropped: true };
      if (!finished.every(Number.isFinite)) return { failed: BEYOND };
      pixels.set(pixelsOf(finished), k * SIZE);
    }
    return { pixels, calls: (model.calls - before) / sprites.length };
  },
};

// Where a run ends, or null if it was dropped on the way.
async function finishedSprite(id, steps) {
  let last = null;
  for (last of steps) {
    await breath();
    if (dropped.has(id)) return null;
  }
  return last.xNext;
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
