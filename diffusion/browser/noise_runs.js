// From a drawing under noise, as the Noise tab shows it, to the runs that say what a network makes of it, as in
// diffusion/explain/noised_sprite.py. They are null if the server must look at it.
// noised: {checkpoint, pixels, t, seed, schedule}, pixels being the bytes of the drawing, and schedule the name of one;
// model: what the server told of the model, see serving/fetched/page_models.py.

import { keyFrames } from "./film.js";
import { payload, runLane } from "./payloads.js";
import { Schedule } from "./schedule.js";

const STEPS = 100;   // from wherever a run starts; below t = 100, as many as there are
const NOTHING_ASKED = { guidance: 1, eta: 0, variance: "beta", mixing: "vector", clean: false };

// The x0 that the network sees in x_t: it is where a single step of DDIM down to t = 0 ends.
export function guessRun(noised, model) {
  return model.isStudent ? null : runFrom(noised, model, "ddim", 1);
}

// The reverse process from x_t down to a sprite, all of it kept.
export function denoiseRun(noised, model) {
  if (model.isStudent) return null;
  const request = runFrom(noised, model, "ddpm", STEPS);
  return { ...request, keep: keyFrames(request.run.steps, 1) };
}

// What the player shows of the latter; drawn: see Pool.run.
export const denoisedPayload = (request, drawn) => payload([runLane(request, drawn)], { autoplay: true });

function runFrom({ checkpoint, pixels, t, seed, schedule }, model, sampler, most) {
  const way = placeOn({ schedule, schedule_options: {} }, t, model), steps = Math.min(most, way.start);
  const sprite = { context: model.categories.map(() => 0), origin: [seed, 0], drawing: pixels };
  return { checkpoint, run: { ...NOTHING_ASKED, sampler, steps, ...way }, sprites: [sprite] };
}

// The schedule asked for and its t, for a network that answers on any; else the nearest level of the model's own.
function placeOn(asked, t, { anySchedule, schedule }) {
  if (anySchedule) return { schedule: asked, start: t };
  return { schedule, start: Schedule.of(schedule).nearest(Schedule.of(asked).alphaBar[t]) };
}
