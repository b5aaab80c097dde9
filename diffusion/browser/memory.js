// Numbers in a memory of WebAssembly, and the kernels of kernels.c over them. graphics_memory.js has the same on the
// graphics processor: a network knows of neither.
// Pictures are pointers to [row][column][channel], their channels padded to a multiple of 8; 0 points to nothing.

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
  together = ROWS;   // sprites at most that go through a network at once

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
    this.write(pointer, numbers);
    return pointer;
  }

  // A pointer to the weights of a 3x3 convolution of pictures of a side, weight[out][in][9], channels being padded to
  // `from` and `to`: as the kernel takes them, 16 or 36 for each 9, see kernels.c.
  putFilters(weight, nIn, nOut, from, to, side) {
    const made = madeAtOnce(side), numbers = new Float32Array((made + 2) ** 2 * from * to);
    for (let out = 0; out < nOut; out++) {
      for (let i = 0; i < nIn; i++) {
        spreadFilter(weight, (out * nIn + i) * 9, SPREADS[made], numbers, placeOf(i, out, from), from * to);
      }
    }
    return this.put(numbers);
  }

  // A pointer to a matrix: weightAt(input, output), as the kernels take it.
  putMatrix(nIn, nOut, weightAt) {
    const numbers = new Float32Array(nIn * nOut);
    for (let out = 0; out < nOut; out++) {
      for (let i = 0; i < nIn; i++) numbers[placeOf(i, out, nIn)] = weightAt(i, out);
    }
    return this.put(numbers);
  }

  // The numbers at a pointer, until more room is asked for.
  at(pointer, count) {
    return new Float32Array(this.memory.buffer, pointer, count);
  }

  write(pointer, numbers) {
    this.at(pointer, numbers.length).set(numbers);
  }

  // A copy of the numbers at a pointer.
  read(pointer, count) {
    return this.at(pointer, count).slice();
  }

  // ---- the kernels, for `count` pictures one after another; a side is one without a border. layer: of layers.js

  convolve({ weights, bias, nIn, nOut }, from, to, count, side, beside = 0) {
    const { kernels, tiles } = this;
    kernels.convolve(from, weights, bias, beside, to, count, side, side, nIn, nOut, tiles, madeAtOnce(side));
  }

  multiply({ weights, bias, nIn, nOut }, from, to, rows) {
    this.kernels.multiply_matrix(from, weights, bias, to, Math.ceil(rows / ROWS) * ROWS, nIn, nOut);
  }

  normalise({ gain, bias, channels, stride, groups }, film, from, to, count, side) {
    const { kernels, tiles } = this;
    kernels.normalise(from, gain, bias, film, to, count, side, side, channels, stride, groups, tiles);
  }

  shrink(from, to, count, side, n) {
    this.kernels.shrink(from, to, count, side, n);
  }

  join(from, beside, to, count, side, n, real, wide) {
    this.kernels.join(from, beside, to, count, side, n, real, wide);
  }
}

// Where the weight of an input and an output lies among those that a kernel takes: [out / 8][in][8].
const placeOf = (i, out, nIn) => (Math.floor(out / LANES) * nIn + i) * LANES + out % LANES;

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
