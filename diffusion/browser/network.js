// SpriteUnet of diffusion/networks/sprite_unet.py: some sprites in, as many answers out, from float32 weights by their
// names.

import { whenThere } from "./answers.js";
import { EMBEDDING, Embedding } from "./embedding.js";
import { Layers, widened } from "./layers.js";
import { padded } from "./memory.js";
import { WeightsError } from "./weights_file.js";

const MOST_WIDTH = 512;
export const SIDE = 16, COLOURS = 3;
export const SIZE = COLOURS * SIDE * SIDE;

const OPTIONS = { width: 64, patch: 2, groups: 8, from_x0: 0, levels: 2 };
const LEAST_SHARE = 0.05;   // of noise, by which what is left of the way is divided

// The sizes of a network; WeightsError if it is none that is computed here.
function sizesOf({ network, network_options: options, categories }) {
  const { width, patch, groups, from_x0: fromX0, levels, ...others } = { ...OPTIONS, ...options };
  const known = network === "sprite" && !Object.keys(others).length && [1, 2, 4].includes(patch)
    && [0, 1].includes(fromX0) && (levels === 2 || levels === 3 && patch < 4);
  if (!known) throw new WeightsError("This model has a network that the browser does not compute");
  const fits = [width, groups].every((size) => Number.isInteger(size) && size >= 1 && size <= MOST_WIDTH);
  if (!fits || width % groups || !Array.isArray(categories)) {
    throw new WeightsError("The description of this model has impossible sizes");
  }
  return { width, patch, groups, fromX0, levels };
}

export class SpriteUnet {
  // memory: of memory.js or graphics_memory.js, for this network alone; config: the model's description; tensors: by
  // name.
  constructor(memory, config, tensors) {
    const sizes = sizesOf(config), { width, patch, fromX0 } = sizes, layers = new Layers(memory, tensors);
    this.memory = memory;
    this.width = width;
    this.patch = patch;
    this.fromX0 = fromX0;
    this.side = SIDE / patch;
    this.count = 0;      // sprites that are going through it
    this.watch = null;   // if set, it hears the name of each block and {maps, shape}, what it made of the first
    this.embeddings = new Embedding(layers, config.categories.length);
    this.#takeBlocks(layers, sizes);
    this.pixels = layers.convolution("leave.2", width, COLOURS * patch ** 2, this.side);
    layers.checkAllTaken();
    this.#makeRoom(sizes);
  }

  // levels: all above the last, from the outermost on; side: of the maps of each, of which there are `width`.
  #takeBlocks(layers, { width: w, groups, levels }) {
    const wide = w * 2 ** (levels - 2), { side } = this, innerSide = side / 2 ** (levels - 2);
    const block = (part, i, nIn, nOut, ofSide) => new ResidualBlock(layers, part, i, nIn, nOut, ofSide, groups);
    const ways = (halve, double, n) => ({ halve: shrinking(layers, halve, n), double: growing(layers, double, n) });
    this.enter = layers.convolution("enter", COLOURS * this.patch ** 2, w, side);
    const down = [block("down", 0, w, w, side), block("down", 1, wide, wide, innerSide)];
    this.bottom = [0, 1, 2].map((i) => block("bottom", i, 2 * wide, 2 * wide, innerSide / 2));
    const up = [block("up", 0, 2 * wide, wide, innerSide), block("up", 1, (levels - 1) * w, w, side)];
    const inner = { side: innerSide, width: wide, ...ways("to_bottom", "to_up", wide) };
    this.levels = levels === 2 ? [{ ...inner, down, up }] : [
      { side, width: w, ...ways("to_middle", "to_top", w), down: down.slice(0, 1), up: up.slice(1) },
      { ...inner, down: down.slice(1), up: up.slice(0, 1) },
    ];
    this.leave = layers.norm("leave.0", w, groups);
  }

  #makeRoom({ width, levels }) {
    const { memory, side } = this, joined = padded(2 * width), wide = Math.max(joined, this.enter.nIn);
    const room = (places, channels) => memory.room(memory.together * places * channels);
    memory.roomForTiles(memory.together, side, wide);
    this.bordered = room((side + 2) ** 2, wide);
    [this.here, this.there, this.inside] = [0, 1, 2].map(() => room(side ** 2, wide));
    for (const level of this.levels) level.skip = room(side ** 2, wide);   // as large as these: they change places
    this.film = room(1, 2 * padded(width * 2 ** (levels - 1)));
    this.embedding = room(1, EMBEDDING);
  }

  // x: up to memory.together sprites, [sprite][3][16][16]; time in 0..1; contexts: of each, a weight a category, 0 for
  // none. As many answers, or a promise of them, see answers.js; then another pass may begin meanwhile.
  forward(x, time, contexts) {
    const { memory, side, pixels } = this;
    this.count = contexts.length;
    memory.write(this.embedding, this.embeddings.of(time, contexts));
    const features = this.#features(x);
    memory.convolve(pixels, features, this.here, this.count, side);
    this.#tell("leave", this.here, COLOURS * this.patch ** 2, side);
    return whenThere([memory.read(this.here, this.count * side ** 2 * pixels.nOut)], ([maps]) => {
      const y = this.#unfolded(maps, x.length);
      return this.fromX0 ? y.map((x0, i) => (x[i] - x0) / Math.max(time, LEAST_SHARE)) : y;
    });
  }

  // The last maps, normalised and with a border, of which the heads make what the network answers.
  #features(x) {
    const { memory, side, width, count, levels } = this;
    this.#fold(x);
    memory.convolve(this.enter, this.bordered, this.here, count, side);
    this.#tell("enter", this.here, width, side);
    levels.forEach((level, i) => this.#goDown(level, this.#numbered("shrink", i)));
    for (const block of this.bottom) this.#run(block, levels.at(-1).side / 2);
    levels.toReversed().forEach((level, i) => this.#goUp(level, this.#numbered("grow", i)));
    memory.normalise(this.leave, 0, this.here, this.bordered, count, side);
    return this.bordered;
  }

  // As the server says it: with a number where there are several.
  #numbered(name, i) {
    return this.levels.length > 1 ? `${name} ${i + 1}` : name;
  }

  #goDown(level, name) {
    const { memory, count } = this, { side, width, halve } = level;
    for (const block of level.down) this.#run(block, side);
    [level.skip, this.here] = [this.here, level.skip];
    memory.shrink(level.skip, this.there, count, side, padded(width));
    memory.multiply(halve, this.there, this.here, count * side ** 2 / 4);
    this.#tell(name, this.here, 2 * width, side / 2);
  }

  #goUp(level, name) {
    const { memory, count } = this, { side, width, double } = level;
    memory.multiply(double, this.here, this.there, count * side ** 2 / 4);
    this.#tell(name, this.there, width, side, (row, column) => grownAt(row, column, side));
    memory.join(this.there, level.skip, this.here, count, side, padded(width), width, padded(2 * width));
    for (const block of level.up) this.#run(block, side);
  }

  // What is here becomes what the block makes of it.
  #run(block, side) {
    const { memory, count, here, there, bordered, inside, film } = this;
    memory.multiply(block.film, this.embedding, film, count);
    memory.normalise(block.norm1, 0, here, bordered, count, side);
    memory.convolve(block.conv1, bordered, inside, count, side);
    memory.normalise(block.norm2, film, inside, bordered, count, side);
    if (block.shortcut) memory.multiply(block.shortcut, here, inside, count * side ** 2);
    memory.convolve(block.conv2, bordered, there, count, side, block.shortcut ? inside : here);
    [this.here, this.there] = [there, here];
    this.#tell(block.name, this.here, block.nOut, side);
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
    const pictures = new Float32Array(count * size);
    forEachPixel(patch, (i, row, column, channel) => {
      const place = ((row + 1) * (side + 2) + column + 1) * enter.nIn + channel;
      for (let k = 0; k < count; k++) pictures[k * size + place] = x[k * SIZE + i];
    });
    this.memory.write(this.bordered, pictures);
  }

  // pixel_shuffle, to so many numbers
  #unfolded(maps, count) {
    const { patch, side } = this, stride = this.pixels.nOut, size = side ** 2 * stride, y = new Float32Array(count);
    forEachPixel(patch, (i, row, column, channel) => {
      const place = (row * side + column) * stride + channel;
      for (let k = 0; k < count / SIZE; k++) y[k * SIZE + i] = maps[k * size + place];
    });
    return y;
  }
}

// Two 3x3 convolutions around a shortcut; the embedding scales and shifts between them.
class ResidualBlock {
  constructor(layers, part, i, nIn, nOut, side, groups) {
    const name = `${part}.${i}`;
    this.name = `${part} ${i + 1}`;   // as the server says it
    this.nOut = nOut;
    this.norm1 = layers.norm(`${name}.norm1`, nIn, groups);
    this.conv1 = layers.convolution(`${name}.conv1`, nIn, nOut, side);
    this.film = filming(layers, `${name}.film`, nOut);
    this.norm2 = layers.norm(`${name}.norm2`, nOut, groups);
    this.conv2 = layers.convolution(`${name}.conv2`, nOut, nOut, side);
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

// Four times the place of half the size that a place lies in, and which quarter of it.
function grownAt(row, column, side) {
  return 4 * ((row >> 1) * (side / 2) + (column >> 1)) + row % 2 * 2 + column % 2;
}
