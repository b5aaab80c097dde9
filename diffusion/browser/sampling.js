// One run over a few sprites, as `Run` of diffusion/generation.py makes it: noise, denoiser, sampler, palette together.

import { whenThere } from "./answers.js";
import { keeping, repeated } from "./finishing.js";
import { denoiser } from "./guidance.js";
import { SIZE, SpriteUnet } from "./network.js";
import { Palette } from "./palette.js";
import { floatsOf } from "./pixels.js";
import { PREDICTIONS } from "./predictions.js";
import { SAMPLERS, combine, sample } from "./samplers.js";
import { Schedule } from "./schedule.js";
import { spriteNoise } from "./torch_noise.js";
import { WeightsError } from "./weights_file.js";

const NEARLY_PARALLEL = 1e-6;   // sine of the angle below which the arc is as good as straight

export class BrowserModel {
  // memory: of memory.js or graphics_memory.js; WeightsError, one sentence, if this is no model that is computed here.
  constructor(memory, { config, tensors }) {
    if (!Object.hasOwn(PREDICTIONS, config.prediction)) {
      throw new WeightsError("This model predicts something that the browser does not know");
    }
    this.config = config;
    this.net = new SpriteUnet(memory, config, tensors);
    this.schedule = Schedule.of(config);
    this.palette = config.palette ? new Palette(config.palette) : null;
  }

  // Sprites at most that go through it at once.
  get together() {
    return this.net.memory.together;
  }

  // What the network sees as noise, as (x, t, contexts) -> eps on a schedule; see answers.js.
  epsOn(schedule) {
    const ask = PREDICTIONS[this.config.prediction];
    return (x, t, contexts) => ask((input, time) => this.net.forward(input, time, contexts), schedule, x, t);
  }
}

// The schedule and the timesteps of a run, see spriteSteps.
export function wayOf(model, { steps, start, schedule: asked, resampling = 1 }) {
  const schedule = asked ? Schedule.of(asked) : model.schedule;
  return { schedule, timesteps: repeated(schedule.timesteps(steps, start), resampling) };
}

// The steps of up to model.together sprites: {t, next, x, eps, x0, xNext, z, calls}, each computed when it is
// asked for, and maybe promised, see samplers.js; x and its like hold the sprites one after another.
// run: {sampler, steps, guidance, guided_steps, eta, variance, mixing, clean}, and where it does not go from T along
// the model's own schedule, start: the t that it begins at, and schedule: another one, {schedule, schedule_options};
// resampling: how often each stride is taken, where pixels of a drawing stay.
// sprites: {context, origin: [seed, index]}, and where one does not begin as its own noise: far: {origin, share},
// another noise, and how far towards it the sprite's own lies; or drawing: the bytes of a sprite that lies under its
// noise; with kept: one byte a pixel, the run begins as noise, and those pixels of the drawing stay that are not 0.
export function* spriteSteps(model, run, sprites) {
  const { config } = model, { schedule, timesteps } = wayOf(model, run), own = noiseOf(sprites);
  const guidance = run.guidance ?? config.guidance, contexts = sprites.map(({ context }) => context);
  const guidedBelow = config.guided_below ?? 1, guidedFrom = run.guided_steps ? timesteps[run.guided_steps - 1] : 0;
  const { mixing } = run, { together } = model;
  const asked = { schedule, guidedBelow, guidedFrom, contexts, guidance, mixing, together };
  let calls = 0;   // network evaluations of single sprites in this step
  const ask = model.epsOn(schedule), counted = (x, t, rows) => (calls += rows.length, ask(x, t, rows));
  const denoise = denoiser(counted, asked), eps = own();
  const kept = sprites[0].kept && keeping(sprites, eps), plain = SAMPLERS[run.sampler](run);
  const rule = kept ? kept.rule(plain, timesteps) : plain, x = firstStates(eps, sprites, schedule, timesteps[0]);
  for (const coming of sample(denoise, schedule, x, timesteps, rule, own)) {
    yield whenThere([coming], ([step]) => {
      if (run.clean && step.next === 0) step.xNext = eachOf(step.xNext, (one) => model.palette.clean(one));
      if (kept && step.next === 0) step.xNext = kept.restored(step.xNext);
      const told = { ...step, calls };
      calls = 0;
      return told;
    });
  }
}

// The k-th of sprites that lie one after another, which is not copied.
export const spriteAt = (x, k) => x.subarray(k * SIZE, (k + 1) * SIZE);

// What act(sprite, k) makes of each of the sprites in x.
function eachOf(x, act) {
  const made = new Float32Array(x.length);
  for (let k = 0; k < x.length / SIZE; k++) spriteAt(made, k).set(act(spriteAt(x, k), k));
  return made;
}

// A function that gives the next noise of each sprite.
function noiseOf(sprites) {
  const sources = sprites.map(({ origin }) => spriteNoise(origin, SIZE));
  return () => eachOf(new Float32Array(sprites.length * SIZE), (_, k) => sources[k]());
}

function firstStates(noise, sprites, schedule, t) {
  return eachOf(noise, (own, k) => firstState(own, sprites[k], schedule, t));
}

function firstState(noise, { far, drawing, kept }, schedule, t) {
  if (drawing && !kept) return combine(schedule.signal(t), floatsOf(drawing), schedule.noise(t), noise);
  return far ? slerp(noise, spriteNoise(far.origin, SIZE)(), far.share) : noise;
}

// Spherical interpolation, as in diffusion/mixing.py: between two noises it stays as long as noise is.
function slerp(a, b, share) {
  const dot = (p, q) => p.reduce((sum, value, i) => sum + value * q[i], 0);
  const cosine = dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  const angle = Math.acos(Math.min(1, Math.max(-1, cosine))), sine = Math.sin(angle);
  const weight = (part) => (sine < NEARLY_PARALLEL ? part : Math.sin(part * angle) / sine);
  return a.map((value, i) => weight(1 - share) * value + weight(share) * b[i]);
}
