// A run under way, gathered from the workers that share its sprites.

import { joined } from "./joined.js";

export const LIVE_EVERY_MS = 250;

// hear(w, {step, pixels}) takes what worker w of `count` has come to; as soon as all have told, and not too often,
// watch({step, pixels}) gets the whole, step being that of the last.
export function gathered(count, watch) {
  const latest = Array(count).fill(null);
  let nextAt = 0;   // ms
  return (w, live) => {
    latest[w] = live;
    if (performance.now() < nextAt || latest.includes(null)) return;
    nextAt = performance.now() + LIVE_EVERY_MS;
    watch({ step: Math.min(...latest.map(({ step }) => step)), pixels: joined(latest.map(({ pixels }) => pixels)) });
  };
}
