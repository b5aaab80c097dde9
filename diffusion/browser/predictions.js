// How eps is read off the answer of a network, as in diffusion/predictions.py.
// Each takes (answer, schedule, x, t): answer(x, time) asks the network, with a time in 0..1. See answers.js.

import { whenThere } from "./answers.js";
import { combine } from "./samplers.js";

const noise = (answer, schedule, x, t) => answer(x, t / schedule.T);

// The network predicts v = signal eps - noise x0.
const v = (answer, schedule, x, t) => {
  return whenThere([answer(x, t / schedule.T)], ([said]) => combine(schedule.noise(t), x, schedule.signal(t), said));
};

// The network predicts eps - x0 on the straight path, on which x lies after scaling, at time u.
const velocity = (answer, schedule, x, t) => {
  const scale = schedule.signal(t) + schedule.noise(t), u = schedule.noiseShare(t);
  const onPath = x.map((value) => value / scale);
  return whenThere([answer(onPath, u)], ([said]) => combine(1, onPath, 1 - u, said));
};

export const PREDICTIONS = { noise, "noise-as-taught": noise, v, velocity };
