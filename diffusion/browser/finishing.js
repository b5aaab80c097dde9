// Pixels of a drawing that stay while the rest is invented, as FinishingRun of diffusion/editing.py has it.

import { floatsOf } from "./pixels.js";
import { combine } from "./samplers.js";

// Falling timesteps with each stride as often as it is taken.
export function repeated(timesteps, times) {
  const starts = timesteps.slice(0, -1).flatMap((t) => Array(times).fill(t));
  return [...starts, timesteps.at(-1)];
}

// Of each sprite drawing: bytes [pixel][3]; kept: one byte a pixel, 0 where it is invented; eps: the noise that the run
// begins with.
export function keeping(sprites, eps) {
  const size = eps.length / sprites.length, x0 = new Float32Array(eps.length);
  sprites.forEach(({ drawing }, k) => x0.set(floatsOf(drawing), k * size));
  const stays = (i) => {
    const { kept } = sprites[Math.floor(i / size)];
    return kept[i % size % kept.length] > 0;
  };
  const withKept = (x, own) => x.map((value, i) => (stays(i) ? own[i] : value));

  // A rule that sets the kept pixels at each step; where a stride is taken again, noise leads back up to its beginning.
  function rule(plain, timesteps) {
    const below = new Map(timesteps.slice(1).map((next, i) => [timesteps[i], next]));   // of a t again, the last counts
    return (schedule, t, next, x, epsAtT, x0AtT) => {
      const end = below.get(t), step = plain(schedule, t, end, x, epsAtT, x0AtT);
      const mean = withKept(step.mean, combine(schedule.signal(end), x0, schedule.noise(end), eps));
      if (next === end) return { mean, sigma: step.sigma };
      const r = schedule.alphaBar[t] / schedule.alphaBar[end], root = Math.sqrt(r);
      return { mean: mean.map((value) => root * value), sigma: Math.sqrt(r * step.sigma ** 2 + 1 - r) };
    };
  }

  return { rule, restored: (x) => withKept(x, x0) };
}
