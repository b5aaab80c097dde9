// Finished sprites brought back to the colours of the training sprites, as in diffusion/sprites/palette.py.

const NOISE = 0.08;   // left in a finished sprite: standard deviation of a pixel, in -1..1
const PASSES = 10;
const PRICE = 3.25;   // of a colour, in pixels
const ALMOST_NONE = 1e-6;
const NEAR = 16;      // colours that a pixel may be meant to have
const CELLS = 16;     // along red, green and blue: the colours about a pixel are looked up by its cell

export class Palette {
  #near = new Map();   // by cell, of those that were met

  // text: the colours as rrggbb, with spaces between.
  constructor(text) {
    this.colours = text.split(" ").map((hex) => [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16) / 127.5 - 1));
  }

  // A sprite [3][pixels] with each pixel in the likeliest of the colours about it. The shares of the colours are those
  // that make its own pixels likelier, less a price, so a colour that it uses wins over a rare neighbour.
  clean(x) {
    const pixels = Array.from({ length: x.length / 3 }, (_, i) => this.#candidates(x, i, x.length / 3));
    let shares = new Float64Array(this.colours.length).fill(1);
    for (let pass = 0; pass < PASSES; pass++) {
      const price = PRICE * pass / (PASSES - 1);
      shares = explained(pixels, shares).map((worth) => Math.max(worth - price, ALMOST_NONE));
    }
    const cleaned = new Float32Array(x.length);
    pixels.forEach((pixel, i) => {
      this.colours[likeliest(pixel, shares)].forEach((value, c) => (cleaned[c * pixels.length + i] = value));
    });
    return cleaned;
  }

  // The colours that pixel i may be meant to have, and how likely it is in each, over its likeliest one.
  #candidates(x, i, count) {
    const [red, green, blue] = [x[i], x[count + i], x[2 * count + i]], named = this.#nearestTo([red, green, blue]);
    const far = named.map((k) => squared(this.colours[k], red, green, blue)), nearest = Math.min(...far);
    return { named, likely: far.map((square) => Math.exp((nearest - square) / (2 * NOISE ** 2))) };
  }

  #nearestTo(pixel) {
    const [r, g, b] = pixel.map((value) => Math.min(CELLS - 1, Math.max(0, Math.floor((value + 1) * (CELLS / 2)))));
    const cell = (r * CELLS + g) * CELLS + b;
    if (!this.#near.has(cell)) this.#near.set(cell, this.#about([r, g, b]));
    return this.#near.get(cell);
  }

  // Which colours are nearest to the middle of a cell.
  #about(cell) {
    const middle = cell.map((place) => (place + 0.5) * (2 / CELLS) - 1);
    const far = this.colours.map((colour) => squared(colour, ...middle));
    return far.map((_, k) => k).sort((a, b) => far[a] - far[b]).slice(0, NEAR);
  }
}

const squared = ([r, g, b], red, green, blue) => (r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2;

// One pass: how much of the pixels each colour explains.
function explained(pixels, shares) {
  const next = new Float64Array(shares.length);
  for (const { named, likely } of pixels) {
    let all = 0;
    for (let j = 0; j < named.length; j++) all += likely[j] * shares[named[j]];
    for (let j = 0; j < named.length; j++) next[named[j]] += likely[j] * shares[named[j]] / all;
  }
  return next;
}

function likeliest({ named, likely }, shares) {
  let best = 0;
  for (let j = 1; j < named.length; j++) {
    if (likely[j] * shares[named[j]] > likely[best] * shares[named[best]]) best = j;
  }
  return named[best];
}
