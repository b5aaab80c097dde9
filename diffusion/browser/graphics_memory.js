// Numbers in the memory of the graphics processor, and the kernels of graphics_kernels.wgsl over them: all that
// memory.js has, so that a network can lie in either. What is asked for is noted down, and done when it is read.

import { WeightsError } from "./weights_file.js";

const KERNELS = ["convolve", "normalise", "shrink", "join"];
const TOGETHER = 16;       // sprites in one pass
const TILE = 32, THREADS = 64, MOST_CHANNELS = 1024;   // as graphics_kernels.wgsl has them
const TASK_BYTES = 256;    // apart they must lie, most graphics processors say
const MOST_TASKS = 128;    // of one pass; a network of three levels has 60
const FIRST = 16;          // bytes: 0 points to nothing
const FIELDS = [
  "reads", "beside", "writes", "weights", "bias", "film", "count", "side", "taps", "nIn", "nOut", "channels", "groups",
];
const NOT_HERE = "This browser lends the page no graphics processor";
const TOO_WIDE = "This network is too wide for the graphics processor";

// The graphics processor with its kernels; WeightsError if there is none. takesAny: also one that is only computed by
// the cores, which cannot be of use but to see whether it computes the same.
export async function openGraphics(takesAny) {
  const adapter = await globalThis.navigator?.gpu?.requestAdapter();
  if (!adapter || adapter.info.isFallbackAdapter && !takesAny) throw new WeightsError(NOT_HERE);
  const device = await adapter.requestDevice();
  const code = await (await fetch(new URL("graphics_kernels.wgsl", import.meta.url))).text();
  const module = device.createShaderModule({ code }), layout = device.createBindGroupLayout({
    entries: [
      { binding: 0, visibility: GPUShaderStage.COMPUTE, buffer: { type: "storage" } },
      { binding: 1, visibility: GPUShaderStage.COMPUTE, buffer: { type: "uniform", hasDynamicOffset: true } },
    ],
  });
  const whole = device.createPipelineLayout({ bindGroupLayouts: [layout] });
  const made = await Promise.all(KERNELS.map((entryPoint) => (
    device.createComputePipelineAsync({ layout: whole, compute: { module, entryPoint } })
  )));
  return { device, layout, kernels: Object.fromEntries(KERNELS.map((name, k) => [name, made[k]])) };
}

export class GraphicsMemory {
  together = TOGETHER;
  #top = FIRST;
  #given = [];      // {pointer, numbers}, until there is room for them
  #noted = [];      // {kernel, groups, task} of the pass that is asked for
  #bound = null;    // the room and the tasks, once there are some

  // graphics: see openGraphics.
  constructor(graphics) {
    this.graphics = graphics;
  }

  room(count) {
    const pointer = this.#top;
    this.#top += Math.ceil(count / 4) * 16;
    return pointer;
  }

  roomForTiles() {}   // these kernels work in the room of their threads

  put(numbers) {
    const pointer = this.room(numbers.length);
    this.#given.push({ pointer, numbers });
    return pointer;
  }

  putFilters(weight, nIn, nOut, from, to) {
    const numbers = new Float32Array(9 * from * to);
    for (let out = 0; out < nOut; out++) {
      for (let i = 0; i < nIn; i++) {
        for (let tap = 0; tap < 9; tap++) numbers[(tap * from + i) * to + out] = weight[(out * nIn + i) * 9 + tap];
      }
    }
    return this.put(numbers);
  }

  putMatrix(nIn, nOut, weightAt) {
    const numbers = new Float32Array(nIn * nOut);
    for (let i = 0; i < nIn; i++) {
      for (let out = 0; out < nOut; out++) numbers[i * nOut + out] = weightAt(i, out);
    }
    return this.put(numbers);
  }

  write(pointer, numbers) {
    const { device } = this.graphics;
    device.queue.writeBuffer(this.#bind().numbers, pointer, numbers);
  }

  // A promise of the numbers at a pointer, after all that was noted down; that is done meanwhile.
  async read(pointer, count) {
    const { device, kernels } = this.graphics, { numbers, tasks, group } = this.#bind(), noted = this.#noted;
    this.#noted = [];
    device.queue.writeBuffer(tasks, 0, asBytes(noted));
    const commands = device.createCommandEncoder(), pass = commands.beginComputePass();
    noted.forEach(({ kernel, groups }, k) => {
      pass.setPipeline(kernels[kernel]);
      pass.setBindGroup(0, group, [k * TASK_BYTES]);
      pass.dispatchWorkgroups(...groups);
    });
    pass.end();
    const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
    const copy = device.createBuffer({ size: 4 * count, usage });
    commands.copyBufferToBuffer(numbers, pointer, copy, 0, 4 * count);
    device.queue.submit([commands.finish()]);
    await copy.mapAsync(GPUMapMode.READ);
    const read = new Float32Array(copy.getMappedRange()).slice();
    copy.destroy();
    return read;
  }

  // Give back the room on the graphics processor.
  close() {
    this.#bound?.numbers.destroy();
    this.#bound?.tasks.destroy();
  }

  // ---- the kernels, as those of memory.js

  convolve(layer, from, to, count, side, beside = 0) {
    this.#multiply(layer, { reads: from, writes: to, beside, count, side, taps: 3 });
  }

  multiply(layer, from, to, rows) {
    this.#multiply(layer, { reads: from, writes: to, beside: 0, count: rows, side: 1, taps: 1 });
  }

  normalise({ gain, bias, channels, stride, groups }, film, from, to, count, side) {
    if (stride > MOST_CHANNELS) throw new WeightsError(TOO_WIDE);
    const task = { reads: from, writes: to, weights: gain, bias, film, count, side, nIn: stride, channels, groups };
    this.#note("normalise", [count], task);
  }

  shrink(from, to, count, side, n) {
    const groups = [Math.ceil(count * side ** 2 * n / 4 / THREADS)];
    this.#note("shrink", groups, { reads: from, writes: to, count, side, nIn: n });
  }

  join(from, beside, to, count, side, n, real, wide) {
    const groups = [Math.ceil(count * side ** 2 * wide / 4 / THREADS)];
    this.#note("join", groups, { reads: from, beside, writes: to, count, side, nIn: n, nOut: wide, channels: real });
  }

  #multiply({ weights, bias, nIn, nOut }, task) {
    const groups = [Math.ceil(nOut / TILE), Math.ceil(task.count * task.side ** 2 / TILE)];
    this.#note("convolve", groups, { ...task, weights, bias, nIn, nOut });
  }

  #note(kernel, groups, task) {
    this.#noted.push({ kernel, groups, task });
  }

  // The room itself, made when all that lies in it is known.
  #bind() {
    if (this.#bound) return this.#bound;
    const { device, layout } = this.graphics, { STORAGE, UNIFORM, COPY_DST, COPY_SRC } = GPUBufferUsage;
    const numbers = device.createBuffer({ size: this.#top, usage: STORAGE | COPY_DST | COPY_SRC });
    const tasks = device.createBuffer({ size: MOST_TASKS * TASK_BYTES, usage: UNIFORM | COPY_DST });
    for (const given of this.#given) device.queue.writeBuffer(numbers, given.pointer, given.numbers);
    this.#given = [];
    const entries = [
      { binding: 0, resource: { buffer: numbers } },
      { binding: 1, resource: { buffer: tasks, size: TASK_BYTES } },
    ];
    this.#bound = { numbers, tasks, group: device.createBindGroup({ layout, entries }) };
    return this.#bound;
  }
}

// In bytes and numbers here, in fours there.
const PARTS = { reads: 16, beside: 16, writes: 16, weights: 16, bias: 16, film: 16, nIn: 4, nOut: 4 };

function asBytes(noted) {
  const numbers = new Uint32Array(noted.length * TASK_BYTES / 4);
  noted.forEach(({ task }, k) => {
    FIELDS.forEach((field, i) => (numbers[k * TASK_BYTES / 4 + i] = (task[field] ?? 0) / (PARTS[field] ?? 1)));
  });
  return numbers;
}
