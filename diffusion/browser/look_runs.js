// From what the U-Net tab asks to look at to what a browser computes of it.
// model: what the server told of the model, see serving/fetched/page_models.py.

import { isSeed, isWhole } from "./bounds.js";

// {checkpoint, pixels, t, seed, context, block, view} of what is asked: {checkpoint, t, seed, view, cut, weights} and
// the block; pixels: the bytes of the sprite; null if the server must look at it, as where something is cut.
export function lookOf({ checkpoint, t, seed, view, cut, weights }, block, pixels, { T, categories }) {
  const context = weights.slice(0, categories.length);   // those beyond belong to hidden sliders
  const isPlain = cut === "nothing" && isWhole(t, 1, T) && isSeed(seed) && context.every(Number.isFinite) && pixels;
  return isPlain ? { checkpoint, pixels, t, seed, context, block, view } : null;
}
