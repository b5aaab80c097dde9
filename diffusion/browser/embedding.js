// What a SpriteUnet is told of a time and a context, as one row of numbers for all its blocks.

const TIME_SCALE = 1000;
export const EMBEDDING = 128;

export class Embedding {
  // layers: of layers.js; categories: how many there are.
  constructor(layers, categories) {
    this.time = ["time.0", "time.2"].map((name) => ({
      weight: layers.take(`${name}.weight`, [EMBEDDING, EMBEDDING]), bias: layers.take(`${name}.bias`, [EMBEDDING]),
    }));
    this.context = categories ? layers.take("context.weight", [EMBEDDING, categories]) : null;
  }

  // time in 0..1; contexts: of each sprite, a weight a category. One row of numbers a sprite.
  of(time, contexts) {
    const [first, second] = this.time, rows = new Float32Array(contexts.length * EMBEDDING);
    const ofTime = linear(second, linear(first, sinusoids(time)).map(silu));
    contexts.forEach((context, k) => {
      for (let i = 0; i < EMBEDDING; i++) rows[k * EMBEDDING + i] = silu(ofTime[i] + this.#pulled(i, context));
    });
    return rows;
  }

  // What the context adds to entry i.
  #pulled(i, context) {
    return this.context ? context.reduce((sum, value, k) => sum + value * this.context[i * context.length + k], 0) : 0;
  }
}

const silu = (x) => x / (1 + Math.exp(-x));

function linear({ weight, bias }, x) {
  return Float64Array.from(bias, (sum, out) => {
    for (let i = 0; i < EMBEDDING; i++) sum += weight[out * EMBEDDING + i] * x[i];
    return sum;
  });
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
