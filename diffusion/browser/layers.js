// The layers of a network: its named weights, checked, and put into a memory as the kernels there take them.

import { padded } from "./memory.js";
import { WeightsError } from "./weights_file.js";

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

  // A 3x3 convolution of pictures of a side.
  convolution(name, nIn, nOut, side) {
    const weight = this.take(`${name}.weight`, [nOut, nIn, 3, 3]), from = padded(nIn), to = padded(nOut);
    const weights = this.memory.putFilters(weight, nIn, nOut, from, to, side);
    return { weights, bias: this.vector(`${name}.bias`, nOut), nIn: from, nOut: to };
  }

  // weightAt(input, output) is read from weights that were taken already; bias: numbers, as many as outputs.
  matrix(nIn, nOut, weightAt, bias) {
    const { memory } = this;
    return { weights: memory.putMatrix(nIn, nOut, weightAt), bias: memory.put(bias), nIn, nOut };
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
