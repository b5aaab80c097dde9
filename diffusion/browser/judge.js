// The judge of diffusion/evaluation/judge.py, as half_judge.py gives it to browsers: how likely a sprite shows each
// category. What its layers see of a sprite is gathered as there, and read by one matrix.

import { Layers, multiply, normalise, padded } from "./layers.js";
import { COLOURS, SIDE, forEachPixel } from "./network.js";
import { WeightsError } from "./weights_file.js";

const GROUPS = 8, EDGE = 3;   // of its convolutions
const LAYERS = [   // side: of what comes out
  { nIn: COLOURS, nOut: 32, stride: 1, side: SIDE },
  { nIn: 32, nOut: 64, stride: 2, side: SIDE / 2 },
  { nIn: 64, nOut: 128, stride: 2, side: SIDE / 4 },
];
const EARLIER = LAYERS.slice(0, -1), LAST = LAYERS.at(-1);
const GATHERED = EARLIER.reduce((sum, { nOut }) => sum + 2 * nOut, LAST.nOut * LAST.side ** 2);

export class Judge {
  // memory: of layers.js, for this judge alone; WeightsError if this is none that is known here.
  constructor(memory, { config: { network, categories }, tensors }) {
    if (network !== "judge" || !Array.isArray(categories)) throw new WeightsError("This is no judge of sprites");
    const layers = new Layers(memory, tensors), most = (sizeOf) => memory.room(Math.max(...LAYERS.map(sizeOf)));
    this.memory = memory;
    this.layers = LAYERS.map((sizes, k) => layer(layers, `layers.${k}`, sizes));
    this.weight = layers.take("readings.weight", [categories.length, GATHERED]);
    this.bias = layers.take("readings.bias", [categories.length]);
    layers.checkAllTaken();
    this.seen = new Float32Array(GATHERED);
    memory.roomForTiles(1, 1, LAST.nOut);
    this.windows = most(({ side, nIn }) => side ** 2 * EDGE ** 2 * padded(nIn));
    this.maps = most(({ side, nOut }) => side ** 2 * nOut);
    this.bordered = most(({ side, nOut }) => (side + 2) ** 2 * nOut);   // wide enough for the sprite, too
  }

  // x: the sprite, [3][16][16] in -1..1; the probability of each category.
  read(x) {
    const { seen, weight } = this;
    this.#gather(x);
    return softmax(Array.from(this.bias, (bias, k) => bias + product(weight, k * GATHERED, seen)));
  }

  // Mean and spread of each map but the last ones, which are there as they are.
  #gather(x) {
    const [first, second, last] = this.layers, rest = 2 * first.nOut, end = rest + 2 * second.nOut;
    this.#fold(x);
    takeMoments(this.#run(first), first, this.seen.subarray(0, rest));
    takeMoments(this.#run(second), second, this.seen.subarray(rest, end));
    takeMaps(this.#run(last), last, this.seen.subarray(end));
  }

  // What a layer makes of the picture, in its place.
  #run(layer) {
    const { memory, windows, maps, bordered } = this, { side, nOut } = layer;
    takeWindows(memory, layer, bordered, windows);
    multiply(memory, layer.matrix, windows, maps, side ** 2);
    normalise(memory, layer.norm, 0, maps, bordered, 1, side);
    return memory.at(bordered, (side + 2) ** 2 * nOut);
  }

  // The sprite as a picture with a border.
  #fold(x) {
    const wide = padded(COLOURS), to = this.memory.at(this.bordered, (SIDE + 2) ** 2 * wide).fill(0);
    forEachPixel(1, (i, row, column, channel) => (to[((row + 1) * (SIDE + 2) + column + 1) * wide + channel] = x[i]));
  }
}

// A 3x3 convolution as a product with the window of each place; and its GroupNorm.
function layer(layers, name, { nIn, nOut, stride, side }) {
  const wide = padded(nIn), weight = layers.take(`${name}.0.weight`, [nOut, nIn, EDGE, EDGE]);
  const weightAt = (i, out) => {
    const place = Math.floor(i / wide), channel = i % wide;
    return channel < nIn ? weight[(out * nIn + channel) * EDGE ** 2 + place] : 0;
  };
  const matrix = layers.matrix(EDGE ** 2 * wide, nOut, weightAt, layers.take(`${name}.0.bias`, [nOut]));
  return { matrix, norm: layers.norm(`${name}.1`, nOut, GROUPS), wide, nOut, stride, side };
}

// The 3x3 places around each one of every `stride`, side by side; the picture that they come from has a border.
function takeWindows(memory, { wide, stride, side }, from, to) {
  const line = EDGE * wide, row = (side * stride + 2) * wide, floats = memory.at(0, memory.top / 4);
  for (let place = 0, at = to / 4; place < side ** 2; place++) {
    const corner = from / 4 + Math.floor(place / side) * stride * row + place % side * stride * wide;
    for (let k = 0; k < EDGE; k++, at += line) floats.copyWithin(at, corner + k * row, corner + k * row + line);
  }
}

// Calls act(start, place) for each place of a picture, the numbers of which begin at `start`.
function forEachPlace({ side, nOut }, act) {
  for (let place = 0; place < side ** 2; place++) {
    act(((Math.floor(place / side) + 1) * (side + 2) + place % side + 1) * nOut, place);
  }
}

// First the mean of each map, then the standard deviation of each, for which torch divides by one place less.
function takeMoments(picture, layer, to) {
  const { nOut, side } = layer, means = to.fill(0).subarray(0, nOut), spreads = to.subarray(nOut);
  forEachPlace(layer, (start) => {
    for (let c = 0; c < nOut; c++) means[c] += picture[start + c] / side ** 2;
  });
  forEachPlace(layer, (start) => {
    for (let c = 0; c < nOut; c++) spreads[c] += (picture[start + c] - means[c]) ** 2;
  });
  for (let c = 0; c < nOut; c++) spreads[c] = Math.sqrt(spreads[c] / (side ** 2 - 1));
}

// The maps as they are, [channel][place].
function takeMaps(picture, layer, to) {
  const { nOut, side } = layer;
  forEachPlace(layer, (start, place) => {
    for (let c = 0; c < nOut; c++) to[c * side ** 2 + place] = picture[start + c];
  });
}

function product(matrix, start, numbers) {
  let sum = 0;
  for (let i = 0; i < numbers.length; i++) sum += matrix[start + i] * numbers[i];
  return sum;
}

function softmax(logits) {
  const most = Math.max(...logits), powers = logits.map((logit) => Math.exp(logit - most));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
