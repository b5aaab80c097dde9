// SpriteUnet of diffusion/networks/sprite_unet.py: some sprites in, as many answers out, from float32 weights by their
// names.

import { Layers, ROWS, convolve, multiply, normalise, padded, widened } from "./layers.js";
import { WeightsError } from "./weights_file.js";

const EMBEDDING = 128, TIME_SCALE = 1000, MOST_WIDTH = 512;
export const SIDE = 16, COLOURS = 3;
export const SIZE = COLOURS * SIDE * SIDE;
export const TOGETHER = ROWS;   // sprites at most that go through the network at once

const OPTIONS = { width: 64, patch: 2, groups: 8, from_x0: 0 };
const LEAST_SHARE = 0.05;   // of noise, by which what is left of the way is divided

// The sizes of a network; WeightsError if it is none that is computed here.
function sizesOf({ network, network_options: options, categories }) {
  const { width, patch, groups, from_x0: fromX0, ...others } = { ...OPTIONS, ...options };
  const known = network === "sprite" && !Object.keys(others).length && [1, 2, 4].includes(patch)
    && [0, 1].includes(fromX0);
  if (!known) throw new WeightsError("This model has a network that the browser does not compute");
  const fits = [width, groups].every((size) => Number.isInteger(size) && size >= 1 && size <= MOST_WIDTH);
  if (!fits || width % groups || !Array.isArray(categories)) {
    throw new WeightsError("The description of this model has impossible sizes");
  }
  return { width, patch, groups, fromX0 };
}

export class SpriteUnet {
  // memory: of layers.js, for this network alone; config: the model's description; tensors: by name.
  constructor(memory, config, tensors) {
    const { width, patch, groups, fromX0 } = sizesOf(config), layers = new Layers(memory, tensors);
    this.memory = memory;
    this.width = width;
    this.patch = patch;
    this.fromX0 = fromX0;
    this.categories = config.categories.length;
    this.side = SIDE / patch;
    this.count = 0;      // sprites that are going through it
    this.watch = null;   // if set, it hears the name of each block and {maps, shape}, what it made of the first
    this.#takeEmbeddings(layers);
    this.#takeBlocks(layers, width, groups);
    this.pixels = layers.convolution("leave.2", width, COLOURS * patch ** 2);
    layers.checkAllTaken();
    this.#makeRoom(width, Math.max(padded(2 * width), this.enter.nIn));
  }

  #takeEmbeddings(layers) {
    this.time = ["time.0", "time.2"].map((name) => layers.linear(name, EMBEDDING, EMBEDDING));
    this.context = this.categories ? layers.take("context.weight", [EMBEDDING, this.categories]) : null;
  }

  #takeBlocks(layers, w, groups) {
    const block = (part, i, nIn, nOut) => new ResidualBlock(layers, part, i, nIn, nOut, groups);
    this.enter = layers.convolution("enter", COLOURS * this.patch ** 2, w);
    this.down = [0, 1].map((i) => block("down", i, w, w));
    this.toBottom = shrinking(layers, "to_bottom", w);
    this.bottom = [0, 1, 2].map((i) => block("bottom", i, 2 * w, 2 * w));
    this.toUp = growing(layers, "to_up", w);
    this.up = [block("up", 0, 2 * w, w), block("up", 1, w, w)];
    this.leave = layers.norm("leave.0", w, groups);
  }

  #makeRoom(width, wide) {
    const { memory, side } = this, most = Math.max(wide, 4 * padded(width));
    const room = (places, channels) => memory.room(TOGETHER * places * channels);
    memory.roomForTiles(TOGETHER, side, wide);
    this.bordered = room((side + 2) ** 2, wide);
    [this.here, this.there, this.inside] = [0, 1, 2].map(() => room(side ** 2, most));
    this.skip = room(side ** 2, padded(width));
    this.film = room(1, 2 * wide);
    [this.embedding, this.scratch] = [0, 1].map(() => room(1, EMBEDDING));
  }

  // x: up to TOGETHER sprites, [sprite][3][16][16]; time in 0..1; contexts: of each, a weight a category, 0 for none.
  forward(x, time, contexts) {
    this.count = contexts.length;
    this.#embed(time, contexts);
    const features = this.#features(x);
    convolve(this.memory, this.pixels, features, this.here, this.count, this.side);
    this.#tell("leave", this.here, COLOURS * this.patch ** 2, this.side);
    const y = this.#unfolded(this.here, this.pixels.nOut);
    return this.fromX0 ? y.map((x0, i) => (x[i] - x0) / Math.max(time, LEAST_SHARE)) : y;
  }

  #embed(time, contexts) {
    const { memory, embedding, scratch } = this, [first, second] = this.time;
    memory.at(scratch, EMBEDDING).set(sinusoids(time));
    multiply(memory, first, scratch, embedding, ROWS);
    memory.kernels.silu(embedding, EMBEDDING);
    multiply(memory, second, embedding, scratch, ROWS);
    const ofTime = memory.at(scratch, EMBEDDING), sums = memory.at(embedding, TOGETHER * EMBEDDING);
    contexts.forEach((context, k) => {
      for (let i = 0; i < EMBEDDING; i++) {
        sums[k * EMBEDDING + i] = ofTime[i] + (this.context ? pulled(this.context, i, context) : 0);
      }
    });
    memory.kernels.silu(embedding, TOGETHER * EMBEDDING);
  }

  // The last maps, normalised and with a border, of which the heads make what the network answers.
  #features(x) {
    const { memory, side, width, count, here, there, skip } = this;
    this.#fold(x);
    convolve(memory, this.enter, this.bordered, here, count, side);
    this.#tell("enter", here, width, side);
    this.#run(this.down[0], here, there, side);
    this.#run(this.down[1], there, skip, side);
    this.#shrink(skip, here);
    multiply(memory, this.toBottom, here, there, count * side ** 2 / 4);
    this.#tell("shrink", there, 2 * width, side / 2);
    this.#run(this.bottom[0], there, here, side / 2);
    this.#run(this.bottom[1], here, there, side / 2);
    this.#run(this.bottom[2], there, here, side / 2);
    multiply(memory, this.toUp, here, there, count * side ** 2 / 4);
    this.#tell("grow", there, width, side, (row, column) => grownAt(row, column, side));
    this.#join(there, skip, here);
    this.#run(this.up[0], here, there, side);
    this.#run(this.up[1], there, here, side);
    normalise(memory, this.leave, 0, here, this.bordered, count, side);
    return this.bordered;
  }

  #run(block, from, to, side) {
    const { memory, count, bordered, inside, film } = this;
    multiply(memory, block.film, this.embedding, film, ROWS);
    normalise(memory, block.norm1, 0, from, bordered, count, side);
    convolve(memory, block.conv1, bordered, inside, count, side);
    normalise(memory, block.norm2, film, inside, bordered, count, side);
    if (block.shortcut) multiply(memory, block.shortcut, from, inside, count * side ** 2);
    convolve(memory, block.conv2, bordered, to, count, side, block.shortcut ? inside : from);
    this.#tell(block.name, to, block.nOut, side);
  }

  // Tells who watches what a block has made, its maps as [channel][row][column]; placeOf: where a place of them lies.
  #tell(name, from, channels, side, placeOf = (row, column) => row * side + column) {
    if (!this.watch) return;
    const stride = padded(channels), numbers = this.memory.at(from, side ** 2 * stride);
    const maps = Float32Array.from({ length: channels * side ** 2 }, (_, i) => {
      const place = i % side ** 2;
      return numbers[placeOf(Math.floor(place / side), place % side) * stride + Math.floor(i / side ** 2)];
    });
    this.watch(name, { maps, shape: [channels, side, side] });
  }

  // pixel_unshuffle, into pictures with a border.
  #fold(x) {
    const { patch, side, enter, count } = this, size = (side + 2) ** 2 * enter.nIn;
    const to = this.memory.at(this.bordered, count * size).fill(0);
    forEachPixel(patch, (i, row, column, channel) => {
      const place = ((row + 1) * (side + 2) + column + 1) * enter.nIn + channel;
      for (let k = 0; k < count; k++) to[k * size + place] = x[k * SIZE + i];
    });
  }

  // pixel_shuffle
  #unfolded(from, stride) {
    const { patch, side, count } = this, size = side ** 2 * stride;
    const maps = this.memory.at(from, count * size), y = new Float32Array(count * SIZE);
    forEachPixel(patch, (i, row, column, channel) => {
      const place = (row * side + column) * stride + channel;
      for (let k = 0; k < count; k++) y[k * SIZE + i] = maps[k * size + place];
    });
    return y;
  }

  // Every 2x2 places become one with four times the channels.
  #shrink(from, to) {
    const { side, count } = this, n = padded(this.width), floats = this.memory.at(0, this.memory.top / 4);
    forEachQuarter(side, count, (at, quartered) => {
      const start = from / 4 + at * n;
      floats.copyWithin(to / 4 + quartered * n, start, start + n);
    });
  }

  // Every place becomes 2x2 places; beside their channels come those of the skip connection.
  #join(from, skip, to) {
    const { side, width, count } = this, n = padded(width), wide = padded(2 * width);
    const floats = this.memory.at(0, this.memory.top / 4);
    forEachQuarter(side, count, (at, quartered) => {
      const up = from / 4 + quartered * n, across = skip / 4 + at * n, start = to / 4 + at * wide;
      floats.copyWithin(start, up, up + width);
      floats.copyWithin(start + width, across, across + width);
      floats.fill(0, start + 2 * width, start + wide);
    });
  }
}

// Two 3x3 convolutions around a shortcut; the embedding scales and shifts between them.
class ResidualBlock {
  constructor(layers, part, i, nIn, nOut, groups) {
    const name = `${part}.${i}`;
    this.name = `${part} ${i + 1}`;   // as the server says it
    this.nOut = nOut;
    this.norm1 = layers.norm(`${name}.norm1`, nIn, groups);
    this.conv1 = layers.convolution(`${name}.conv1`, nIn, nOut);
    this.film = filming(layers, `${name}.film`, nOut);
    this.norm2 = layers.norm(`${name}.norm2`, nOut, groups);
    this.conv2 = layers.convolution(`${name}.conv2`, nOut, nOut);
    this.shortcut = nIn === nOut ? null : layers.linear(`${name}.shortcut`, nIn, nOut, [1, 1]);
  }
}

// Scale and shift of n channels, each padded on its own.
function filming(layers, name, n) {
  const weight = layers.take(`${name}.weight`, [2 * n, EMBEDDING]), bias = layers.take(`${name}.bias`, [2 * n]);
  const wide = padded(n), biases = new Float32Array(2 * wide);
  biases.set(bias.subarray(0, n));
  biases.set(bias.subarray(n), wide);
  const weightAt = (i, out) => {
    const part = Math.floor(out / wide), channel = out % wide;
    return channel < n ? weight[(part * n + channel) * EMBEDDING + i] : 0;
  };
  return layers.matrix(EMBEDDING, 2 * wide, weightAt, biases);
}

// A 2x2 convolution of stride 2 as a product with the four places that become one.
function shrinking(layers, name, w) {
  const weight = layers.take(`${name}.weight`, [2 * w, w, 2, 2]), n = padded(w);
  const bias = widened(layers.take(`${name}.bias`, [2 * w]), padded(2 * w));
  const weightAt = (i, out) => {
    const quarter = Math.floor(i / n), channel = i % n;
    return channel < w && out < 2 * w ? weight[(out * w + channel) * 4 + quarter] : 0;
  };
  return layers.matrix(4 * n, padded(2 * w), weightAt, bias);
}

// A transposed 2x2 convolution of stride 2, as a product that gives the four places that one becomes.
function growing(layers, name, w) {
  const weight = layers.take(`${name}.weight`, [2 * w, w, 2, 2]), n = padded(w);
  const bias = widened(layers.take(`${name}.bias`, [w]), n), biases = new Float32Array(4 * n);
  for (let quarter = 0; quarter < 4; quarter++) biases.set(bias, quarter * n);
  const weightAt = (i, out) => {
    const quarter = Math.floor(out / n), channel = out % n;
    return channel < w && i < 2 * w ? weight[(i * w + channel) * 4 + quarter] : 0;
  };
  return layers.matrix(padded(2 * w), 4 * n, weightAt, biases);
}

// Calls act(pixel, row, column, channel) for each number of a sprite and where it lies once patches are channels.
export function forEachPixel(patch, act) {
  for (let c = 0, i = 0; c < COLOURS; c++) {
    for (let y = 0; y < SIDE; y++) {
      for (let x = 0; x < SIDE; x++, i++) {
        const channel = (c * patch + y % patch) * patch + x % patch;
        act(i, Math.floor(y / patch), Math.floor(x / patch), channel);
      }
    }
  }
}

// Calls act(place, quartered) for each place of `count` pictures, and which it is where quarters lie one after another.
function forEachQuarter(side, count, act) {
  for (let k = 0; k < count; k++) {
    for (let row = 0; row < side; row++) {
      for (let column = 0; column < side; column++) {
        act((k * side + row) * side + column, k * side ** 2 + grownAt(row, column, side));
      }
    }
  }
}

// Four times the place of half the size that a place lies in, and which quarter of it.
function grownAt(row, column, side) {
  return 4 * ((row >> 1) * (side / 2) + (column >> 1)) + row % 2 * 2 + column % 2;
}

// What the context adds to entry i of the embedding.
function pulled(weight, i, context) {
  return context.reduce((sum, value, k) => sum + value * weight[i * context.length + k], 0);
}

// A time as sines and cosines of geometric frequencies, in the precision that torch has: a thousandfold angle shows it.
function sinusoids(time) {
  const half = EMBEDDING / 2, { fround } = Math, numbers = new Float32Array(EMBEDDING);
  for (let i = 0; i < half; i++) {
    const frequency = fround(Math.exp(fround(fround(fround(-Math.log(10_000)) * i) / half)));
    const angle = fround(fround(TIME_SCALE * fround(time)) * frequency);
    numbers[i] = Math.sin(angle);
    numbers[half + i] = Math.cos(angle);
  }
  return numbers;
}
