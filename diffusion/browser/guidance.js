// From a network to a denoiser (x, t) -> eps with context and guidance, as in diffusion/denoiser.py, of one sprite.

import { combine } from "./samplers.js";

// eps = eps_none + guidance (eps_context - eps_none), 2207.12598.
function vector(eps, context, guidanceAt) {
  const none = context.map(() => 0);
  return (x, t) => {
    const guidance = guidanceAt(t);
    if (guidance === 1 || !context.length) return eps(x, t, context);
    return combine(guidance, eps(x, t, context), 1 - guidance, eps(x, t, none));
  };
}

// eps = eps_none + guidance sum_k w_k (eps_k - eps_none), 2206.01714. Categories that weigh nothing are not asked for.
function composed(eps, context, guidanceAt) {
  const none = context.map(() => 0), weighty = [...context.keys()].filter((k) => context[k] !== 0);
  return (x, t) => {
    const guidance = guidanceAt(t), without = eps(x, t, none);
    let mixed = without;
    for (const k of weighty) {
      const pull = guidance * context[k], alone = none.with(k, 1);
      mixed = combine(1, mixed, pull, combine(1, eps(x, t, alone), -1, without));
    }
    return mixed;
  };
}

const MIXINGS = { vector, composed };

// eps(x, t, context) asks the network. Above the share of noise that the model is guided below, guidance is at most 1.
export function denoiser(eps, { schedule, guidedBelow, context, guidance, mixing }) {
  const guidanceAt = (t) => (schedule.noiseShare(t) <= guidedBelow ? guidance : Math.min(1, guidance));
  return MIXINGS[mixing](eps, context, guidanceAt);
}
