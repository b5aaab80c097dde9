// The samplers of diffusion/samplers.py: one loop that walks from noise to a sprite, and the step rules it can follow.
// x is an array of numbers, of one sprite or of several one after another. A rule (schedule, t, next, x, eps, x0) gives
// the mean of the next state and how much fresh noise is added. It is made anew for each run, since some remember the
// steps before, from the run's {eta, variance}, of which it takes its own.

import { whenThere } from "./answers.js";

// a x + b y
export const combine = (a, x, b, y) => x.map((value, i) => a * value + b * y[i]);

// Ancestral sampling, with the variance "beta" or that of the "posterior"; Ho et al., 2006.11239.
function ddpm({ variance = "beta" }) {
  return (schedule, t, next, x, eps) => {
    const now = schedule.alphaBar[t], then = schedule.alphaBar[next], alpha = now / then, root = Math.sqrt(alpha);
    const mean = combine(1 / root, x, -(1 - alpha) / schedule.noise(t) / root, eps);
    const shrunk = variance === "beta" ? 1 : (1 - then) / (1 - now);
    return { mean, sigma: next > 0 ? Math.sqrt(shrunk * (1 - alpha)) : 0 };
  };
}

// Implicit sampling, deterministic at eta = 0; Song et al., 2010.02502.
function ddim({ eta = 0 }) {
  return ({ alphaBar }, t, next, x, eps, x0) => {
    const now = alphaBar[t], then = alphaBar[next];
    const variance = eta && eta ** 2 * (1 - then) / (1 - now) * (1 - now / then);   // at t = 0, 1 - now is 0
    const mean = combine(Math.sqrt(then), x0, Math.sqrt(Math.max(0, 1 - then - variance)), eps);
    return { mean, sigma: Math.sqrt(variance) };
  };
}

// How students go: each answer is a whole sprite, and gets back the noise that the run began with.
function jumps() {
  let noise = null;
  return (schedule, t, next, x, eps, x0) => {
    noise ??= x;
    return { mean: combine(schedule.signal(next), x0, schedule.noise(next), noise), sigma: 0 };
  };
}

// From t to `next` with eta of DDPM's fresh noise: the next state is kept x + gain D + sigma z, D the x0 on the way.
function stride(schedule, t, next, eta) {
  const h = schedule.halfLogSnr(next) - schedule.halfLogSnr(t), reach = (1 + eta) * h;
  return {
    h, reach,
    kept: schedule.noise(next) / schedule.noise(t) * Math.exp(-eta * h),
    gain: -schedule.signal(next) * Math.expm1(-reach),
    sigma: schedule.noise(next) * Math.sqrt(-Math.expm1(-2 * eta * h)),
  };
}

const FRESH = 2, FRESH_BELOW = 0.65;   // of SA-Solver: times DDPM's variance, below this share of noise
const noFreshNoise = () => 0, freshNoiseBelow = (schedule, t) => (schedule.noiseShare(t) <= FRESH_BELOW ? FRESH : 0);

// Second order from the x0 of the step before, first order at both ends; DPM-Solver++(2M) at eta = 0.
// etaAt(schedule, t): how much fresh noise the stride from t adds, of DDPM's.
function secondOrder(etaAt) {
  let previous = null;
  return (schedule, t, next, x, eps, x0) => {
    if (next === 0) return { mean: x0, sigma: 0 };
    const { h, kept, gain, sigma } = stride(schedule, t, next, etaAt(schedule, t));
    const bend = previous && h / previous.h / 2;
    const D = previous ? combine(1 + bend, x0, -bend, previous.x0) : x0;
    previous = { x0, h };
    return { mean: combine(kept, x, gain, D), sigma };
  };
}

// The same, each state corrected once its own x0 is known; its fresh noise stays. UniPC at eta = 0, Zhao et al.,
// 2302.04867; SA-Solver, with fresh noise once little enough is left, Xue et al., 2309.05019.
function corrected(etaAt) {
  const predict = secondOrder(etaAt);
  let known = [], predicted = null;   // the last two states, {t, x, x0}; the mean that this state came from
  return (schedule, t, next, x, eps, x0) => {
    const mended = known.length && withHindsight(schedule, known, t, x0, etaAt);
    const state = mended ? mended.map((value, i) => value + x[i] - predicted[i]) : x;
    known = [...known.slice(-1), { t, x: state, x0 }];
    const { mean, sigma } = predict(schedule, t, next, state, eps, x0);
    predicted = mean;
    return { mean, sigma };
  };
}

// The mean at t, reached anew from the last known state with the x0 at t.
function withHindsight(schedule, known, t, x0, etaAt) {
  const last = known.at(-1), whole = stride(schedule, last.t, t, etaAt(schedule, last.t));
  return combine(whole.kept, last.x, whole.gain, meanOverStride(schedule, known, whole, x0));
}

// The mean over the stride of the parabola in log SNR through the last three x0; in the first stride, of two.
function meanOverStride(schedule, known, { h, reach }, x0) {
  const last = known.at(-1);
  if (known.length === 1) return combine(0.5, last.x0, 0.5, x0);
  const r = stride(schedule, known[0].t, last.t, 0).h / h;
  const meanU = -1 / Math.expm1(-reach) - 1 / reach, meanU2 = -1 / Math.expm1(-reach) - 2 / reach * meanU;
  const bend = (meanU - meanU2) / (1 + r), towards = meanU - bend;
  const D = combine(1 - towards + bend / r, last.x0, towards, x0);
  return combine(1, D, -bend / r, known[0].x0);
}

export const SAMPLERS = {
  ddpm,
  ddim,
  dpmpp_2m: () => secondOrder(noFreshNoise),
  unipc: () => corrected(noFreshNoise),
  sa_solver: () => corrected(freshNoiseBelow),
  jumps,
};

// Follow `rule` from x down the falling timesteps: yields each step, and takes its time only when it is asked to go on.
// Where denoise(x, t) promises the noise, steps are promises too: each must be there before one goes on. noise() gives
// fresh normal numbers.
export function* sample(denoise, schedule, x, timesteps, rule, noise) {
  for (let i = 0; i + 1 < timesteps.length; i++) {
    const t = timesteps[i], next = timesteps[i + 1], now = x;
    yield whenThere([denoise(now, t)], ([eps]) => {
      const x0 = combine(1 / schedule.signal(t), now, -schedule.noise(t) / schedule.signal(t), eps);
      const { mean, sigma } = rule(schedule, t, next, now, eps, x0);
      const z = sigma > 0 ? noise() : null, xNext = z ? combine(1, mean, sigma, z) : mean;
      x = xNext;
      return { t, next, x: now, eps, x0, xNext, z };
    });
  }
}
