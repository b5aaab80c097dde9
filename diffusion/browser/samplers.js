// The samplers of diffusion/samplers.py: one loop that walks from noise to a sprite, and the step rules it can follow.
// A sprite is a Float32Array of 3 x 16 x 16 numbers. A rule (schedule, t, next, x, eps, x0) gives the mean of the next
// state and how much fresh noise is added. It is made anew for each run, since some remember the steps before, from the
// run's {eta, variance}, of which it takes its own.

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

// The way over a stride of h in log SNR from x at t to `next`, with x0 taken for D; Lu et al., 2211.01095.
function stride(schedule, t, next, h, x, D) {
  return combine(schedule.noise(next) / schedule.noise(t), x, -schedule.signal(next) * Math.expm1(-h), D);
}

const stepsApart = (schedule, t, next) => schedule.halfLogSnr(next) - schedule.halfLogSnr(t);

// DPM-Solver++(2M): second order from the x0 of the step before, first order at both ends.
function dpmpp2m() {
  let previous = null;
  return (schedule, t, next, x, eps, x0) => {
    if (next === 0) return { mean: x0, sigma: 0 };
    const h = stepsApart(schedule, t, next), bend = previous && h / previous.h / 2;
    const D = previous ? combine(1 + bend, x0, -bend, previous.x0) : x0;
    previous = { x0, h };
    return { mean: stride(schedule, t, next, h, x, D), sigma: 0 };
  };
}

// UniPC of order 2: each state corrected once its own x0 is known; Zhao et al., 2302.04867.
function unipc() {
  const predict = dpmpp2m();
  let known = [];   // the last two states, {t, x, x0}
  return (schedule, t, next, x, eps, x0) => {
    const state = known.length ? withHindsight(schedule, known, t, x0) : x;
    known = [...known.slice(-1), { t, x: state, x0 }];
    return predict(schedule, t, next, state, eps, x0);
  };
}

// The state at t, reached anew from the last known one with the x0 at t.
function withHindsight(schedule, known, t, x0) {
  const last = known.at(-1), h = stepsApart(schedule, last.t, t);
  return stride(schedule, last.t, t, h, last.x, meanOverStride(schedule, known, h, x0));
}

// The mean over the stride of the parabola in log SNR through the last three x0; in the first stride, of two.
function meanOverStride(schedule, known, h, x0) {
  const last = known.at(-1);
  if (known.length === 1) return combine(0.5, last.x0, 0.5, x0);
  const r = stepsApart(schedule, known[0].t, last.t) / h;
  const meanU = -1 / Math.expm1(-h) - 1 / h, meanU2 = -1 / Math.expm1(-h) - 2 / h * meanU;
  const bend = (meanU - meanU2) / (1 + r), towards = meanU - bend;
  const D = combine(1 - towards + bend / r, last.x0, towards, x0);
  return combine(1, D, -bend / r, known[0].x0);
}

export const SAMPLERS = { ddpm, ddim, dpmpp_2m: dpmpp2m, unipc };

// Follow `rule` from x down the falling timesteps: yields each step, and takes its time only when it is asked to go on.
// noise() gives fresh normal numbers.
export function* sample(denoise, schedule, x, timesteps, rule, noise) {
  for (let i = 0; i + 1 < timesteps.length; i++) {
    const t = timesteps[i], next = timesteps[i + 1], eps = denoise(x, t);
    const x0 = combine(1 / schedule.signal(t), x, -schedule.noise(t) / schedule.signal(t), eps);
    const { mean, sigma } = rule(schedule, t, next, x, eps, x0);
    const z = sigma > 0 ? noise() : null, xNext = z ? combine(1, mean, sigma, z) : mean;
    yield { t, next, x, eps, x0, xNext, z };
    x = xNext;
  }
}
