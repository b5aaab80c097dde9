// What the blocks of a network make of a noisy sprite, as in diffusion/explain/activations.py.

import { SIDE, SIZE } from "./network.js";
import { combine } from "./samplers.js";
import { floatsOf, pixelsOf } from "./pixels.js";
import { spriteNoise } from "./torch_noise.js";

const MOST_TILES = 256;
const ZERO = 128, REACH = 127;   // a tile's byte for the value 0, and how far the strongest value is from it
const VIEWS = { maps: (h) => h, change: (h, none) => combine(1, h, -1, none) };

// looked: {pixels, t, seed, context, block, view}, pixels being the bytes of the sprite, block and view names. Gives
// {block, tiles, shape, channels, scale, t, noise, x_t, x0, side, changes}, all pictures as bytes; null where a number
// in the network is not finite.
export function featureMaps(model, { pixels, t, seed, context, block, view }) {
  const { schedule } = model, noise = schedule.noise(t), signal = schedule.signal(t);
  const x = combine(signal, floatsOf(pixels), noise, spriteNoise([seed, 0], SIZE)());
  const asked = watched(model, x, t, context), none = watched(model, x, t, context.map(() => 0));
  if (![asked, none].every(areFinite)) return null;
  const { maps: h, shape: [channels, ...sides] } = asked.made[block];
  const shares = Object.entries(asked.made).map(([name, { maps }]) => [name, change(maps, none.made[name].maps)]);
  return {
    ...tiled(VIEWS[view](h, none.made[block].maps), channels, sides),
    block, channels, t, noise,
    x_t: pixelsOf(x),
    x0: pixelsOf(combine(1 / signal, x, -noise / signal, asked.eps)),
    side: SIDE,
    changes: Object.fromEntries(shares),
  };
}

// One pass, seen from inside: {made, eps}, made holding {maps, shape} by the names of the blocks.
function watched(model, x, t, context) {
  const { net, schedule } = model, made = {};
  net.watch = (name, maps) => (made[name] = maps);
  try {
    return { eps: model.epsOn(schedule)(x, t, [context]), made };
  } finally {
    net.watch = null;
  }
}

const areFinite = ({ made }) => Object.values(made).every(({ maps }) => maps.every(Number.isFinite));

const sizeOf = (maps) => Math.sqrt(maps.reduce((sum, value) => sum + value ** 2, 0));

function change(h, none) {
  const size = sizeOf(h);
  return size ? Math.min(1, sizeOf(combine(1, h, -1, none)) / size) : 0;
}

// The first maps as bytes; scale: the largest value of all of them.
function tiled(values, channels, [height, width]) {
  const scale = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0), n = Math.min(channels, MOST_TILES);
  const shown = values.subarray(0, n * height * width).map((value) => ZERO + REACH * value / (scale || 1));
  return { tiles: Uint8ClampedArray.from(shown), shape: [n, height, width], scale };
}
