// As many workers as the machine has cores. Each computes a share of the sprites in a memory of its own, so the page
// needs no memory that is shared, nor the headers for that; and it never waits for them. Where the graphics processor
// is measured to be faster, it computes the networks, for a few of the workers, which do the rest.

import { joinedFilm } from "./film.js";
import { joined } from "./joined.js";
import { gathered } from "./live.js";
import { ForgottenError, WeightsError } from "./weights_file.js";

const MOST_WORKERS = 8, GRAPHICS_WORKERS = 2;
const MEASURED_SPRITES = 16, MEASURED_TIMES = 3;   // one pass each; the quickest counts
const WORTH = 0.8;   // of the cores' time, that the graphics processor may take at most
const HOPELESS = 3;  // after so many times the cores' time nothing more is measured
const NO_WORKER = "This browser lets the page start no workers";
const NO_SIMD = "This browser lacks the SIMD instructions that drawing needs";

// The kernels for this browser, those with fused multiply-add if it has it; WeightsError if it can run none.
async function kernels() {
  for (const name of ["fused_kernels.wasm", "kernels.wasm"]) {
    const bytes = await (await fetch(new URL(name, import.meta.url))).arrayBuffer();
    if (globalThis.WebAssembly?.validate(bytes)) return WebAssembly.compile(bytes);
  }
  throw new WeightsError(NO_SIMD);
}

export class Pool {
  #waiting = new Map();   // {resolve, reject, watch} by the ids of questions
  #count = 0;
  #onGraphics = new Map();   // how many times as fast they are there, by the keys of models
  #quickening = Promise.resolve();   // one model is measured after the other

  // Give it work once `opened` is there; that is rejected if this browser cannot. forced: whether the graphics
  // processor shall compute all that it can, however slow it is.
  constructor(size = Math.min(navigator.hardwareConcurrency || 1, MOST_WORKERS), forced = false) {
    this.forced = forced;
    this.workers = Array.from({ length: size }, () => this.#hire());
    this.opened = kernels().then((module) => this.#all({ kind: "kernels", module }));
    this.opened.catch(() => {});   // it is told to whoever waits for it
  }

  get size() {
    return this.workers.length;
  }

  // Have every worker know a model by a key. Rejected with a sentence if the file is none.
  load(key, file) {
    return this.#all({ kind: "model", key, file });
  }

  // Have the graphics processor compute a model that is loaded, if there is one and it is faster.
  quicken(key, file) {
    if (!navigator.gpu) return this.#quickening;   // no worker need be told of the file
    this.#quickening = this.#quickening.then(() => this.#quicken(key, file)).catch(() => {});   // the cores go on
    return this.#quickening;
  }

  async #quicken(key, file) {
    const message = { kind: "graphics", key, file, takesAny: this.forced };
    await Promise.all(this.#workersFor("graphics").map((worker) => this.#ask(worker, message).answer));
    const cores = await this.#paceOf(key, "cores"), graphics = await this.#paceOf(key, "graphics", HOPELESS * cores);
    if (this.forced || graphics <= WORTH * cores) this.#onGraphics.set(key, cores / graphics);
  }

  // How much of a model is computed at once in a place, in workers on a core each.
  strength(key, place) {
    return this.size * (place === "graphics" ? this.#onGraphics.get(key) ?? 1 : 1);
  }

  // Where a model is computed: "graphics" or "cores".
  placeOf(key) {
    return this.#onGraphics.has(key) ? "graphics" : "cores";
  }

  // Who computes there: {workers, isOnGraphics}.
  crewIn(place) {
    return { workers: this.#workersFor(place).length, isOnGraphics: place === "graphics" };
  }

  #workersFor(place) {
    return place === "graphics" ? this.workers.slice(0, GRAPHICS_WORKERS) : this.workers;
  }

  // The milliseconds that a pass takes in a place, the least of a few; of only one that takes as long as `hopeless`.
  async #paceOf(key, place, hopeless = Infinity) {
    const workers = this.#workersFor(place), shares = shared(Array(MEASURED_SPRITES).fill(null), workers.length);
    const pass = ({ length: count }, w) => this.#ask(workers[w], { kind: "pace", key, place, count }).answer;
    let least = Infinity;
    for (let i = 0; i < MEASURED_TIMES && (i === 0 || least < hopeless); i++) {
      const start = performance.now();
      await Promise.all(shares.map(pass));
      least = Math.min(least, performance.now() - start);
    }
    return least;
  }

  // Have every worker know the judge. Rejected with a sentence if the file is none.
  judge(file) {
    return this.#all({ kind: "judge", file });
  }

  // Finished sprites, {pixels, calls, film, readings, place}: bytes [sprite][pixel][3], network calls a sprite, where
  // states are to be kept, what film.js makes of them, with isRead, what the judge reads in each, else null, and where
  // they were computed. For run and sprites see sampling.js; place: where it shall be, unless it is where this model is
  // quicker. signal: an AbortSignal, upon which null comes back; {error: a sentence} where the sprites came to nothing.
  // watch({step, pixels, guess}): called now and then while a run whose states are kept goes on.
  async run(request, signal, watch = () => {}) {
    const place = request.place ?? this.placeOf(request.key);
    try {
      return await this.#runIn(place, request, signal, watch);
    } catch (error) {
      this.#onGraphics.delete(request.key);
      if (place === "cores" || error instanceof ForgottenError) throw error;   // else it was taken away, or broke down
      return this.#runIn("cores", request, signal, watch);
    }
  }

  async #runIn(place, { key, run, sprites, keep, isRead }, signal, watch) {
    const workers = this.#workersFor(place), shares = shared(sprites, workers.length);
    const message = { kind: "run", key, place, run, keep, isRead };
    const hear = gathered(shares.length, (live) => signal?.aborted || watch(live));
    const askFor = (share, w) => this.#ask(workers[w], { ...message, sprites: share }, (live) => hear(w, live));
    const asked = shares.map(askFor);
    const drop = () => asked.forEach(({ id }, w) => workers[w].postMessage({ kind: "drop", id }));
    signal?.addEventListener("abort", drop);
    if (signal?.aborted) drop();
    const answers = await Promise.all(asked.map(({ answer }) => answer));
    signal?.removeEventListener("abort", drop);
    if (answers.some(({ dropped }) => dropped)) return null;
    const { failed } = answers.find((answer) => answer.failed) ?? {};
    if (failed) return { error: failed };
    const calls = Math.max(...answers.map((answer) => answer.calls));
    const film = keep ? joinedFilm(answers.map((answer) => answer.film)) : null;
    const readings = isRead ? answers.flatMap((answer) => answer.readings) : null;
    return { pixels: joined(answers.map(({ pixels }) => pixels)), calls, film, readings, place };
  }

  // What the blocks of a model make of a noisy sprite; see activations.js.
  async look({ key, ...looked }) {
    const { maps } = await this.#ask(this.workers.at(-1), { kind: "look", key, looked }).answer;
    return maps;
  }

  close() {
    for (const worker of this.workers) worker.terminate();
  }

  #hire() {
    const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
    worker.addEventListener("message", ({ data }) => this.#hear(data));
    worker.addEventListener("error", () => this.#giveUp());
    return worker;
  }

  #ask(worker, message, watch) {
    const id = this.#count++;
    const answer = new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject, watch }));
    worker.postMessage({ id, ...message });
    return { id, answer };
  }

  #all(message) {
    return Promise.all(this.workers.map((worker) => this.#ask(worker, message).answer));
  }

  #hear({ id, error, isForgotten, live, ...answer }) {
    const asked = this.#waiting.get(id);
    if (!asked) return;   // it was given up
    if (live) return asked.watch(live);
    this.#waiting.delete(id);
    if (isForgotten) asked.reject(new ForgottenError());
    else if (error) asked.reject(new WeightsError(error));
    else asked.resolve(answer);
  }

  // A worker that breaks answers nothing more.
  #giveUp() {
    for (const { reject } of this.#waiting.values()) reject(new WeightsError(NO_WORKER));
    this.#waiting.clear();
  }
}

// Sprites in as equal shares as there are workers, in their order, none of them empty.
function shared(sprites, count) {
  const cut = (w) => Math.round(w * sprites.length / count);
  return Array.from({ length: count }, (_, w) => sprites.slice(cut(w), cut(w + 1))).filter((share) => share.length);
}
