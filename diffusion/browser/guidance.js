// From a network to a denoiser (x, t) -> eps with context and guidance, as in diffusion/denoiser.py; x holds as many
// sprites one after another as there are contexts. See answers.js.

import { whenThere } from "./answers.js";
import { combine } from "./samplers.js";

// eps = eps_none + guidance (eps_context - eps_none), 2207.12598.
function vector(eps, contexts, guidanceAt) {
  const none = contexts.map(nothing);
  return (x, t) => {
    const guidance = guidanceAt(t);
    if (guidance === 1 || !contexts[0].length) return eps(x, t, contexts);
    const both = [eps(x, t, contexts), eps(x, t, none)];
    return whenThere(both, ([asked, without]) => combine(guidance, asked, 1 - guidance, without));
  };
}

// eps = eps_none + guidance sum_k w_k (eps_k - eps_none), 2206.01714. Categories that weigh nothing for any sprite are
// not asked for.
function composed(eps, contexts, guidanceAt) {
  const none = contexts.map(nothing), weighty = [...contexts[0].keys()].filter((k) => contexts.some((one) => one[k]));
  return (x, t) => {
    const guidance = guidanceAt(t), size = x.length / contexts.length;
    const rows = [none, ...weighty.map((k) => none.map((zeros) => zeros.with(k, 1)))];
    return whenThere(rows.map((some) => eps(x, t, some)), ([without, ...alone]) => {
      const mixed = without.slice();
      weighty.forEach((k, number) => {
        mixed.forEach((value, i) => {
          const pull = guidance * contexts[Math.floor(i / size)][k];
          mixed[i] = value + pull * (alone[number][i] - without[i]);
        });
      });
      return mixed;
    });
  };
}

const nothing = (context) => context.map(() => 0);

const MIXINGS = { vector, composed };

// eps(x, t, contexts) asks the network. Above the share of noise that the model is guided below, and below the t that
// the run is guided from, guidance is at most 1.
export function denoiser(eps, { schedule, guidedBelow, guidedFrom = 0, contexts, guidance, mixing }) {
  const isGuided = (t) => t >= guidedFrom && schedule.noiseShare(t) <= guidedBelow;
  const guidanceAt = (t) => (isGuided(t) ? guidance : Math.min(1, guidance));
  return MIXINGS[mixing](eps, contexts, guidanceAt);
}
