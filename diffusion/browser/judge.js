// The judge of diffusion/evaluation/judge.py, as half_judge.py gives it to browsers: how likely a sprite shows each
// category. What its layers see of a sprite is gathered as there, and read by one matrix.

import { Layers } from "./layers.js";
import { ROWS, padded } from "./memory.js";
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
  // memory: of memory.js, for this judge alone; WeightsError if this is none that is known here.
  constructor(memory, { config: { network, categories }, tensors }) {
    if (network !== "judge" || !Array.isArray(categories)) throw new WeightsError("This is no judge of sprites");
    const layers = new Layers(memory, tensors), most = (sizeOf) => memory.room(Math.max(...LAYERS.map(sizeOf)));
    this.memory = memory;
    this.layers = LAYERS.map((sizes, k) => layer(layers, `layers.${k}`, sizes));
    this.count = categories.length;
    this.readings = layers.linear("readings", GATHERED, this.count);
    layers.checkAllTaken();
    this.seen = memory.room(ROWS * GATHERED);   // one row counts
    this.logits = memory.room(ROWS * padded(this.count));
    memory.roomForTiles(1, 1, LAST.nOut);
    this.windows = most(({ side, nIn }) => side ** 2 * EDGE ** 2 * padded(nIn));
    this.maps = most(({ side, nOut }) => side ** 2 * nOut);
    this.bordered = most(({ side, nOut }) => (side + 2) ** 2 * nOut);   // wide enough for the sprite, too
  }

  // x: the sprite, [3][16][16] in -1..1; the probability of each category.
  read(x) {
    const { memory, seen, logits, readings } = this;
    this.#gather(x);
    memory.multiply(readings, seen, logits, ROWS);
    return softmax([...memory.at(logits, this.count)]);
  }

  // Mean and spread of each map but the last ones, which are there as they are.
  #gather(x) {
    const { memory, bordered } = this, { side, nOut } = LAST;
    let to = this.seen;
    this.#fold(x);
    for (const layer of this.layers.slice(0, -1)) {
      this.#run(layer);
      memory.kernels.moments(bordered, to, layer.side, layer.nOut);
      to += 4 * 2 * layer.nOut;
    }
    this.#run(this.layers.at(-1));
    takeMaps(memory.at(bordered, (side + 2) ** 2 * nOut), LAST, memory.at(to, side ** 2 * nOut));
  }

  // The picture becomes what a layer makes of it.
  #run({ matrix, norm, wide, stride, side }) {
    const { memory, windows, maps, bordered } = this;
    memory.kernels.windows(bordered, windows, side, stride, wide);
    memory.multiply(matrix, windows, maps, side ** 2);
    memory.normalise(norm, 0, maps, bordered, 1, side);
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

// The maps of a picture with a border as they are, [channel][place].
function takeMaps(picture, { nOut, side }, to) {
  for (let place = 0; place < side ** 2; place++) {
    const start = ((Math.floor(place / side) + 1) * (side + 2) + place % side + 1) * nOut;
    for (let c = 0; c < nOut; c++) to[c * side ** 2 + place] = picture[start + c];
  }
}

function softmax(logits) {
  const most = Math.max(...logits), powers = logits.map((logit) => Math.exp(logit - most));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
