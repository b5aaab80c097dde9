// Noise schedules, as in diffusion/schedule.py: how much of a sprite is left at each step t.

import { WeightsError } from "./weights_file.js";

const HALF = 0.5 + 1e-9;   // exact halves are rounded up, whatever the last bit of the power says
const MOST_STEPS = 10_000;

const linspace = (from, to, count) => Array.from({ length: count }, (_, i) => from + (to - from) * i / (count - 1));

// The course's schedule: T + 1 betas; the first one stays a factor of every entry.
function linear({ T = 500, beta_1 = 1e-4, beta_T = 0.02 }) {
  let logarithm = 0;
  const alphaBar = linspace(beta_1, beta_T, T + 1).map((beta) => Math.exp(logarithm += Math.log(1 - beta)));
  alphaBar[0] = 1;
  return alphaBar;
}

// Signal and noise as cosine and sine, their ratio shifted; a trace of signal is left at T.
function cosine({ T = 500, shift = 1, end = 0.999 }) {
  return linspace(0, end, T + 1).map((u) => 1 / (1 + (shift * Math.tan(u * Math.PI / 2)) ** 2));
}

const SCHEDULES = { linear, cosine };

export class Schedule {
  constructor(alphaBar, spacing = 1) {
    this.alphaBar = alphaBar;
    this.spacing = spacing;
    this.T = alphaBar.length - 1;
  }

  // The schedule of a model; WeightsError if there is no such schedule.
  static of({ schedule, schedule_options: options }) {
    const T = options.T ?? 1;
    if (!Object.hasOwn(SCHEDULES, schedule) || !Number.isInteger(T) || T < 1 || T > MOST_STEPS) {
      throw new WeightsError("This model has a schedule that the browser does not know");
    }
    return new Schedule(SCHEDULES[schedule](options), options.spacing);
  }

  signal(t) {
    return Math.sqrt(this.alphaBar[t]);
  }

  noise(t) {
    return Math.sqrt(1 - this.alphaBar[t]);
  }

  noiseShare(t) {
    return this.noise(t) / (this.signal(t) + this.noise(t));
  }

  halfLogSnr(t) {
    return Math.log(this.signal(t)) - Math.log(this.noise(t));
  }

  // The t from 1 to T whose noise level sqrt(1 - alphaBar) is nearest to that of `alphaBar`.
  nearest(alphaBar) {
    const apart = this.alphaBar.map((own) => Math.abs(Math.sqrt(1 - own) - Math.sqrt(1 - alphaBar))).slice(1);
    return 1 + apart.indexOf(Math.min(...apart));
  }

  // The t from 1 to T whose share of noise is nearest to the one asked for.
  ofShare(share) {
    const apart = this.alphaBar.map((_, t) => Math.abs(this.noiseShare(t) - share)).slice(1);
    return 1 + apart.indexOf(Math.min(...apart));
  }

  // n + 1 values falling strictly from `start` to 0, pushed apart where rounding would make them equal.
  timesteps(n, start = this.T) {
    if (!(start >= 1 && start <= this.T)) throw new RangeError(`the schedule has t from 1 to ${this.T}`);
    if (!(n >= 1 && n <= start)) throw new RangeError(`the schedule allows 1 to ${start} steps`);
    const steps = [0];
    for (let i = 1; i <= n; i++) {
      steps.push(Math.max(steps.at(-1) + 1, Math.floor(start * (i / n) ** this.spacing + HALF)));
    }
    return steps.reverse();
  }
}
