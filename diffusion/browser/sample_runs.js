// From what the Sample tab asks to the run that answers it.
// model: what the server told of the model, see serving/fetched/page_models.py.

import { MOST_GUIDANCE, isSeed, isWhole } from "./bounds.js";
import { keyFrames } from "./film.js";
import { SAMPLERS } from "./samplers.js";

const MOST_SPRITES = 64;

// Whether this browser can look after what is asked: all else goes to the server, which says what is wrong with it.
function isPlain({ sampler, steps, n, guidance, seed, clean }, model) {
  const counts = isWhole(steps, 1, model.T) && isWhole(n, 1, MOST_SPRITES) && isSeed(seed);
  const fits = guidance >= 0 && guidance <= MOST_GUIDANCE && Object.hasOwn(SAMPLERS, sampler);
  const asLearnt = sampler === model.full.sampler && steps === model.full.steps && guidance === 1;
  const isAble = model.isStudent ? asLearnt : sampler !== "jumps";   // which only students do
  return counts && fits && !(clean && !model.palette) && isAble;
}

// {checkpoint, run, sprites, keep} of what is asked: {checkpoint, category, sampler, steps, n, guidance, seed, clean},
// where no category means each in turn; null if the server must look at it.
export function sampleRun(asked, model) {
  const { checkpoint, category, n, seed, sampler, steps, guidance, clean } = asked, { categories } = model;
  if (!isPlain(asked, model) || (category && !categories.includes(category))) return null;
  const wanted = (k) => (category ? categories.indexOf(category) : k % categories.length);
  const context = (k) => categories.map((_, i) => Number(i === wanted(k)));
  const sprites = Array.from({ length: n }, (_, k) => ({ context: context(k), origin: [seed, k] }));
  return { checkpoint, run: { ...model.full, sampler, steps, guidance, clean }, sprites, keep: keyFrames(steps, n) };
}

// What the server can draw and save the same run by.
export function recipeOf({ checkpoint, category, n, seed }, { run }) {
  const { sampler, steps, guidance, eta, mixing, clean, variance } = run;
  const config = { sampler, steps, n, seed, guidance, eta, mixing, origins: null, clean, variance, guided_steps: null };
  return { checkpoint, config, weights: category ? [[category, 1]] : null, path: null, edit: null };
}
