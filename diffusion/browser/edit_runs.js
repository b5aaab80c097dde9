// From what the Edit tab asks to the run that answers it, as serving/desks/edit_desk.py and Engine.quick decide.
// ask: {checkpoint, kind, drawing, kept, noise_share, resampling, weights, guidance, seed, clean, origins}, drawing and
// kept as base64; model: what the server told of the model, see serving/fetched/page_models.py.
// A run comes as {checkpoint, run, sprites, isRead, kind}, where kind names the sentence that tells of it.

import { isWhole } from "./bounds.js";
import { isPlain, spritesOf } from "./mix_runs.js";
import { Schedule } from "./schedule.js";

const QUICK_STEPS = 4, GUIDED_STEPS = 2, MOST_RESAMPLING = 10;

const EDITS = {
  // The drawing under noise, and from there the usual run.
  change({ noise_share: share }, run, { schedule }) {
    if (!(share >= 0 && share <= 1)) return null;
    const start = Schedule.of(schedule).ofShare(share);
    return { ...run, start, steps: Math.min(run.steps, start) };
  },

  // Some of its pixels stay; the sampler may remember no step before.
  finish({ resampling }, run) {
    if (!isWhole(resampling, 1, MOST_RESAMPLING)) return null;
    return { ...run, sampler: "ddim", eta: 0, variance: "beta", resampling };
  },
};

// The full run of an ask, or null if the server must look at it.
export function fullRun(ask, model) {
  if (model.isStudent || !isPlain(ask, model)) return null;
  const { guidance, clean } = ask, whole = { ...model.full, guidance, clean, mixing: "vector" };
  const run = EDITS[ask.kind](ask, whole, model);
  return run && { checkpoint: ask.checkpoint, run, sprites: edited(ask, model), isRead: model.isRead, kind: "refined" };
}

// The same at a price that follows a drag.
export function quickRun(ask, model) {
  const few = { steps: Math.min(model.full.steps, QUICK_STEPS), guided_steps: GUIDED_STEPS };
  const quick = fullRun({ ...ask, resampling: 1 }, { ...model, full: { ...model.full, ...few } });
  return quick && { ...quick, kind: "quickByItself" };
}

function edited(ask, model) {
  const drawing = bytesOf(ask.drawing), kept = ask.kind === "finish" ? bytesOf(ask.kept) : null;
  return spritesOf(ask, model).map((sprite) => ({ ...sprite, drawing, kept }));
}

const bytesOf = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
