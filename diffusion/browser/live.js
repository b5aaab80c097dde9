// A run under way, gathered from the workers that share its sprites.

import { joined } from "./joined.js";

export const LIVE_EVERY_MS = 250;

// hear(w, {step, pixels, guess}) takes what worker w of `count` has come to: its sprites, and what the network takes
// them for. As soon as all have told, and not too often, watch gets the same of the whole, step being that of the last.
export function gathered(count, watch) {
  const latest = Array(count).fill(null);
  let nextAt = 0;   // ms
  return (w, live) => {
    latest[w] = live;
    if (performance.now() < nextAt || latest.includes(null)) return;
    nextAt = performance.now() + LIVE_EVERY_MS;
    const [pixels, guess] = ["pixels", "guess"].map((name) => joined(latest.map((one) => one[name])));
    watch({ step: Math.min(...latest.map(({ step }) => step)), pixels, guess });
  };
}
