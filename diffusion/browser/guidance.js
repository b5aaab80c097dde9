// From a network to a denoiser (x, t) -> eps with context and guidance, as in diffusion/denoiser.py; x holds as many
// sprites one after another as there are contexts. See answers.js.

import { whenThere } from "./answers.js";
import { combine } from "./samplers.js";

// eps = eps_none + guidance (eps_context - eps_none), 2207.12598.
function vector(epsOf, contexts, guidanceAt) {
  const none = contexts.map(nothing);
  return (x, t) => {
    const guidance = guidanceAt(t);
    if (guidance === 1 || !contexts[0].length) return whenThere([epsOf(x, t, [contexts])], ([[asked]]) => asked);
    const both = epsOf(x, t, [contexts, none]);
    return whenThere([both], ([[asked, without]]) => combine(guidance, asked, 1 - guidance, without));
  };
}

// eps = eps_none + guidance sum_k w_k (eps_k - eps_none), 2206.01714. Categories that weigh nothing for any sprite are
// not asked for.
function composed(epsOf, contexts, guidanceAt) {
  const none = contexts.map(nothing), weighty = [...contexts[0].keys()].filter((k) => contexts.some((one) => one[k]));
  return (x, t) => {
    const guidance = guidanceAt(t), size = x.length / contexts.length;
    const alone = weighty.map((k) => none.map((zeros) => zeros.with(k, 1)));
    return whenThere([epsOf(x, t, [none, ...alone])], ([[without, ...each]]) => {
      const mixed = without.slice();
      weighty.forEach((k, number) => {
        mixed.forEach((value, i) => {
          const pull = guidance * contexts[Math.floor(i / size)][k];
          mixed[i] = value + pull * (each[number][i] - without[i]);
        });
      });
      return mixed;
    });
  };
}

const nothing = (context) => context.map(() => 0);

const MIXINGS = { vector, composed };

// eps(x, t, contexts) asks the network, which takes so many sprites `together`. Above the share of noise that the model
// is guided below, and below the t that the run is guided from, guidance is at most 1.
export function denoiser(eps, { schedule, guidedBelow, guidedFrom = 0, contexts, guidance, mixing, together = 1 }) {
  const isGuided = (t) => t >= guidedFrom && schedule.noiseShare(t) <= guidedBelow;
  const guidanceAt = (t) => (isGuided(t) ? guidance : Math.min(1, guidance));
  const atOnce = Math.max(1, Math.floor(together / contexts.length));
  return MIXINGS[mixing]((x, t, sets) => ofEach(eps, x, t, sets, atOnce), contexts, guidanceAt);
}

// What eps says of the same sprites with each of several sets of contexts, so many sets `atOnce`: few sprites take
// nearly as long as twice as many.
function ofEach(eps, x, t, sets, atOnce) {
  const starts = [...sets.keys()].filter((k) => k % atOnce === 0);
  const groups = starts.map((start) => sets.slice(start, start + atOnce));
  const asked = groups.map((some) => eps(copies(x, some.length), t, some.flat()));
  return whenThere(asked, (answers) => answers.flatMap((answer) => parts(answer, x.length)));
}

function copies(x, count) {
  if (count === 1) return x;
  const all = new Float32Array(count * x.length);
  for (let k = 0; k < count; k++) all.set(x, k * x.length);
  return all;
}

function parts(x, length) {
  if (x.length === length) return [x];
  return Array.from({ length: x.length / length }, (_, k) => x.subarray(k * length, (k + 1) * length));
}
