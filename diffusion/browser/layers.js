// The layers of a network over the kernels of kernels.c: weights in the order that these take, and the calls.
// Pictures are pointers to [row][column][channel], their channels padded to a multiple of 8.

import { WeightsError } from "./weights_file.js";

const { SQRT1_2, SQRT2 } = Math;
const LANES = 8;         // numbers that a kernel makes at once
const PAGE = 65_536;     // bytes, of WebAssembly's memory
export const ROWS = 4;   // places or rows that a kernel takes at once

export const padded = (channels) => Math.ceil(channels / LANES) * LANES;

// A memory of its own with the kernels over it, which only grows.
export async function openMemory(kernels) {
  const memory = new WebAssembly.Memory({ initial: 4 });
  const { exports } = await WebAssembly.instantiate(kernels, { env: { memory } });
  return new Memory(memory, exports);
}

class Memory {
  constructor(memory, kernels) {
    this.memory = memory;
    this.kernels = kernels;
    this.top = kernels.__heap_base.value;
    this.tiles = 0;   // room that kernels work in, see roomForTiles
  }

  // A pointer to room for so many numbers, zeros.
  room(count) {
    const pointer = this.top = Math.ceil(this.top / 16) * 16;
    this.top += 4 * count;
    const missing = this.top - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / PAGE));
    return pointer;
  }

  // Room for convolutions over so many pictures of a side at most, from and to so many channels: those that make 2x2
  // places at once need most.
  roomForTiles(count, side, channels) {
    this.tiles = this.room(16 * 2 * channels * Math.max(ROWS, count * side ** 2 / 4));
  }

  // A pointer to a copy of the numbers.
  put(numbers) {
    const pointer = this.room(numbers.length);
    this.at(pointer, numbers.length).set(numbers);
    return pointer;
  }

  // The numbers at a pointer, until more room is asked for.
  at(pointer, count) {
    return new Float32Array(this.memory.buffer, pointer, count);
  }
}

// Makes layers from named tensors; WeightsError if one is missing, of another shape than it should have, or left over.
export class Layers {
  constructor(memory, tensors) {
    this.memory = memory;
    this.tensors = { ...tensors };
  }

  take(name, shape) {
    const { [name]: tensor, ...rest } = this.tensors;
    if (tensor?.shape.join() !== shape.join()) {
      throw new WeightsError(`The weights do not fit their description: ${name} should be ${shape.join(" x ")}`);
    }
    this.tensors = rest;
    return tensor.data;
  }

  checkAllTaken() {
    const [left] = Object.keys(this.tensors);
    if (left) throw new WeightsError(`The weights do not fit their description: nothing is known of ${left}`);
  }

  // Numbers one after another, with zeros up to the padded count.
  vector(name, count) {
    return this.memory.put(widened(this.take(name, [count]), padded(count)));
  }

  // A 3x3 convolution of pictures of a side, its weights as the kernel takes them: 16 or 36 for each 9, see kernels.c.
  convolution(name, nIn, nOut, side) {
    const weight = this.take(`${name}.weight`, [nOut, nIn, 3, 3]), n = padded(nIn), wide = padded(nOut);
    const made = madeAtOnce(side), numbers = new Float32Array((made + 2) ** 2 * n * wide);
    for (let out = 0; out < nOut; out++) {
      for (let i = 0; i < nIn; i++) {
        spreadFilter(weight, (out * nIn + i) * 9, SPREADS[made], numbers, placeOf(i, out, n), n * wide);
      }
    }
    return { weights: this.memory.put(numbers), bias: this.vector(`${name}.bias`, nOut), nIn: n, nOut: wide, made };
  }

  // weightAt(input, output) is read from weights that were taken already; bias: numbers, as many as outputs.
  matrix(nIn, nOut, weightAt, bias) {
    const { memory } = this;
    return { weights: memory.put(packed(nIn, nOut, weightAt)), bias: memory.put(bias), nIn, nOut };
  }

  // A linear layer; also a 1x1 convolution, whose weights have two sides more.
  linear(name, nIn, nOut, sides = []) {
    const weight = this.take(`${name}.weight`, [nOut, nIn, ...sides]);
    const bias = widened(this.take(`${name}.bias`, [nOut]), padded(nOut));
    const weightAt = (i, out) => (i < nIn && out < nOut ? weight[out * nIn + i] : 0);
    return this.matrix(padded(nIn), padded(nOut), weightAt, bias);
  }

  norm(name, channels, groups) {
    const gain = this.vector(`${name}.weight`, channels), bias = this.vector(`${name}.bias`, channels);
    return { gain, bias, channels, groups, stride: padded(channels) };
  }
}

export function widened(numbers, count) {
  const wide = new Float32Array(count);
  wide.set(numbers);
  return wide;
}

// Where the weight of an input and an output lies among those that a kernel takes: [out / 8][in][8].
const placeOf = (i, out, nIn) => (Math.floor(out / LANES) * nIn + i) * LANES + out % LANES;

function packed(nIn, nOut, weightAt) {
  const numbers = new Float32Array(nIn * nOut);
  for (let out = 0; out < nOut; out++) {
    for (let i = 0; i < nIn; i++) numbers[placeOf(i, out, nIn)] = weightAt(i, out);
  }
  return numbers;
}

// Places along a side that a convolution makes at once: four, unless the few tiles of a small picture would fill the
// rows that a kernel takes with zeros.
const madeAtOnce = (side) => (side % 4 || side ** 2 / 16 < ROWS ? 2 : 4);

// What the three numbers along a side of a filter become, by the places that are made at once.
const SPREADS = {
  2: [[1, 0, 0], [1 / 2, 1 / 2, 1 / 2], [1 / 2, -1 / 2, 1 / 2], [0, 0, 1]],
  4: [
    [1, 0, 0], [-2 / 3, -SQRT1_2 * 2 / 3, -1 / 3], [-2 / 3, SQRT1_2 * 2 / 3, -1 / 3],
    [1 / 6, SQRT2 / 6, 1 / 3], [1 / 6, -SQRT2 / 6, 1 / 3], [0, 0, 1],
  ],
};
const columns = new Float64Array(18);

// A filter of 3x3 numbers, from `start` on, as those by which the mixed places of a tile are multiplied: from `at` on,
// each a `step` from the next. First its columns, then its rows. They are so many that no arrays are made.
function spreadFilter(filter, start, spread, numbers, at, step) {
  const edge = spread.length;
  for (let k = 0; k < 3; k++) widen(filter, start + k, 3, spread, columns, k, 3);
  for (let row = 0; row < edge; row++) widen(columns, 3 * row, 1, spread, numbers, at + edge * row * step, step);
}

// From three numbers to as many as there are rows of `spread`.
function widen(from, start, pitch, spread, to, at, step) {
  const a = from[start], b = from[start + pitch], c = from[start + 2 * pitch];
  for (let i = 0; i < spread.length; i++) to[at + i * step] = spread[i][0] * a + spread[i][1] * b + spread[i][2] * c;
}

// ---- the calls, for `count` pictures one after another; height and width are those without a border

export function convolve({ kernels, tiles }, layer, from, to, count, side, beside = 0) {
  const { weights, bias, nIn, nOut, made } = layer;
  kernels.convolve(from, weights, bias, beside, to, count, side, side, nIn, nOut, tiles, made);
}

export function multiply({ kernels }, layer, from, to, rows) {
  kernels.multiply_matrix(from, layer.weights, layer.bias, to, rows, layer.nIn, layer.nOut);
}

export function normalise({ kernels, tiles }, layer, film, from, to, count, side) {
  const { gain, bias, channels, stride, groups } = layer;
  kernels.normalise(from, gain, bias, film, to, count, side, side, channels, stride, groups, tiles);
}
