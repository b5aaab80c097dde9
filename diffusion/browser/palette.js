// Finished sprites brought back to the colours of the training sprites, as in diffusion/sprites/palette.py.

const NOISE = 0.08;   // left in a finished sprite: standard deviation of a pixel, in -1..1
const PASSES = 10;
const PRICE = 2.75;   // of a colour, in pixels
const ALMOST_NONE = 1e-6;
const MOST_NEAR = 16; // colours that a pixel may be meant to have
const CELLS = 16;     // along red, green and blue: the colours about a pixel are looked up by its cell

export class Palette {
  // text: the colours as rrggbb, with spaces between.
  constructor(text) {
    const numbers = text.split(" ").map((hex) => [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16) / 127.5 - 1));
    this.colours = Float64Array.from(numbers.flat());   // [colour][3]
    this.count = numbers.length;
    this.near = Math.min(MOST_NEAR, this.count);
    this.about = new Int16Array(CELLS ** 3 * this.near).fill(-1);   // [cell][near], once a cell was met
    this.far = new Float64Array(this.near);   // room
  }

  // A sprite [3][pixels] with each pixel in the likeliest of the colours about it. The shares of the colours are those
  // that make its own pixels likelier, less a price, so a colour that it uses wins over a rare neighbour.
  clean(x) {
    const { count, near, colours } = this, pixels = x.length / 3, cleaned = new Float32Array(x.length);
    const named = new Int16Array(pixels * near), likely = new Float64Array(pixels * near);
    for (let i = 0; i < pixels; i++) this.#weigh(x[i], x[pixels + i], x[2 * pixels + i], named, likely, i * near);
    let shares = new Float64Array(count).fill(1), worth = new Float64Array(count);
    for (let pass = 0; pass < PASSES; pass++) {
      explain(named, likely, near, shares, worth.fill(0));
      for (let k = 0; k < count; k++) worth[k] = Math.max(worth[k] - PRICE * pass / (PASSES - 1), ALMOST_NONE);
      [shares, worth] = [worth, shares];
    }
    for (let i = 0; i < pixels; i++) {
      const k = likeliest(named, likely, near, shares, i * near);
      for (let c = 0; c < 3; c++) cleaned[c * pixels + i] = colours[3 * k + c];
    }
    return cleaned;
  }

  // From place `at` on: which colours a pixel may be meant to have, and how likely it is in each, over its likeliest.
  #weigh(red, green, blue, named, likely, at) {
    const { near, about } = this, start = this.#cellOf(red, green, blue) * near;
    let nearest = Infinity;
    for (let j = 0; j < near; j++) {
      named[at + j] = about[start + j];
      likely[at + j] = this.#squared(about[start + j], red, green, blue);
      nearest = Math.min(nearest, likely[at + j]);
    }
    for (let j = 0; j < near; j++) likely[at + j] = Math.exp((nearest - likely[at + j]) / (2 * NOISE ** 2));
  }

  // The cell that a pixel lies in, once it is known which colours are nearest to its middle.
  #cellOf(red, green, blue) {
    const r = placeOf(red), g = placeOf(green), b = placeOf(blue), cell = (r * CELLS + g) * CELLS + b;
    if (this.about[cell * this.near] < 0) this.#findNear(middleOf(r), middleOf(g), middleOf(b), cell * this.near);
    return cell;
  }

  // The colours nearest to one, from place `start` on, nearest first. In place, as many cells are met in a first drag.
  #findNear(red, green, blue, start) {
    const { count, near, about, far } = this;
    for (let k = 0; k < count; k++) {
      const squared = this.#squared(k, red, green, blue);
      if (k >= near && squared >= far[near - 1]) continue;
      let at = Math.min(k, near - 1);   // the farthest of them makes room
      for (; at > 0 && far[at - 1] > squared; at--) {
        far[at] = far[at - 1];
        about[start + at] = about[start + at - 1];
      }
      far[at] = squared;
      about[start + at] = k;
    }
  }

  #squared(k, red, green, blue) {
    const { colours } = this, r = colours[3 * k] - red, g = colours[3 * k + 1] - green, b = colours[3 * k + 2] - blue;
    return r * r + g * g + b * b;
  }
}

const placeOf = (value) => Math.min(CELLS - 1, Math.max(0, Math.floor((value + 1) * (CELLS / 2))));
const middleOf = (place) => (place + 0.5) * (2 / CELLS) - 1;

// How much of the pixels each colour explains, added to `worth`.
function explain(named, likely, near, shares, worth) {
  for (let at = 0; at < named.length; at += near) {
    let all = 0;
    for (let j = at; j < at + near; j++) all += likely[j] * shares[named[j]];
    const part = 1 / all;   // one division, not one for each colour
    for (let j = at; j < at + near; j++) worth[named[j]] += likely[j] * shares[named[j]] * part;
  }
}

function likeliest(named, likely, near, shares, at) {
  let best = at;
  for (let j = at + 1; j < at + near; j++) {
    if (likely[j] * shares[named[j]] > likely[best] * shares[named[best]]) best = j;
  }
  return named[best];
}
