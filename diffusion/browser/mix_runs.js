// From what the Context tab asks to the run that answers it, as serving/desks/mixing_desk.py and Engine.quick decide.
// model: what the server told of the model, see serving/fetched/page_models.py.
// A run comes as {checkpoint, run, sprites, isRead, kind}, where kind names the sentence that tells of it.

import { MOST_GUIDANCE, isSeed } from "./bounds.js";

const isGuidance = (value) => typeof value === "number" && value >= 0 && value <= MOST_GUIDANCE;

// Whether an ask is as it should be: one that is not goes to the server, which says what is wrong with it.
export function isPlain({ weights, guidance, seed, clean, origins }, model) {
  const fits = !(clean && !model.palette) && isSeed(seed) && isGuidance(guidance) && weights.every(Number.isFinite);
  return fits && origins.every((origin) => origin.every(isSeed)) && !(model.isStudent && guidance !== 1);
}

// The full run of an ask, or null if the server must look at it.
export function fullRun(ask, model) {
  if (!isPlain(ask, model)) return null;
  const run = asked(model.full, ask, ask.guidance);
  return { checkpoint: ask.checkpoint, run, sprites: spritesOf(ask, model), isRead: model.isRead, kind: "refined" };
}

// The same at a price that follows a drag: by the student that suits this browser, whose guidance is built in; where
// none serves, by the model itself in few steps.
export function quickRun(ask, model) {
  const whole = fullRun(ask, model);
  if (!whole) return null;
  if (model.isStudent) return { ...whole, kind: "byStudent" };
  const byStudent = model.student && ask.guidance === model.guidance;
  if (!byStudent) return { ...whole, run: asked(model.quick, ask, ask.guidance), kind: "quickByItself" };
  const { name, full } = model.student;
  return { ...whole, checkpoint: name, run: asked(full, ask, null), kind: "quickByStudent" };
}

const asked = (run, { mixing, clean }, guidance) => ({ ...run, guidance, mixing, clean });

// Weights beyond the model's categories belong to hidden sliders.
export function spritesOf({ weights, origins }, { categories }) {
  const context = weights.slice(0, categories.length);
  return origins.map((origin) => ({ context, origin }));
}
