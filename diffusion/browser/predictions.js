// How eps is read off the answer of a network, as in diffusion/predictions.py.
// Each takes (answer, schedule, x, t): answer(x, time) promises what the network says, with a time in 0..1.

import { combine } from "./samplers.js";

const noise = (answer, schedule, x, t) => answer(x, t / schedule.T);

// The network predicts v = signal eps - noise x0.
const v = async (answer, schedule, x, t) => {
  return combine(schedule.noise(t), x, schedule.signal(t), await answer(x, t / schedule.T));
};

// The network predicts eps - x0 on the straight path, on which x lies after scaling, at time u.
const velocity = async (answer, schedule, x, t) => {
  const scale = schedule.signal(t) + schedule.noise(t), u = schedule.noiseShare(t);
  const onPath = x.map((value) => value / scale);
  return combine(1, onPath, 1 - u, await answer(onPath, u));
};

export const PREDICTIONS = { noise, "noise-as-taught": noise, v, velocity };
