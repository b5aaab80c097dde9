// Who draws, this browser or the server: one place in a page, which all its components ask for sprites.

import { Library } from "./library.js";
import { lately, partOf, partsOf, suited } from "./pace.js";
import { Pool } from "./pool.js";
import { ForgottenError } from "./weights_file.js";

const CHOICE = "sprite-lab-device";   // where the browser remembers what was chosen
// Of the network in one request, for each worker on a core; what is longer, the server draws. Measured with as many
// cores on either side: up to here they take the same time, at four times as much the server takes two thirds of it.
const MOST_PASSES = 5_000;

class Device extends EventTarget {
  browserWanted = localStorage.getItem(CHOICE) !== "server";
  alone = false;         // whether the server has stopped answering
  #library = null;       // made when it is first needed
  #name = "";            // the model that was asked for last
  #lanes = new Map();    // AbortControllers of the newest request in each lane
  #isServed = true;
  #turn = 0;             // of the parts of what follows a drag

  // What there is to be said: {state, name, why, alone, crew}, see Pool.crewIn.
  get status() {
    const { state, why, told } = this.#entry(), pool = this.#library?.pool;
    return { state, why, name: this.#name, alone: this.alone, crew: pool?.crewIn(pool.placeOf(told?.hash)) };
  }

  choose(browserWanted) {
    this.browserWanted = browserWanted;
    localStorage.setItem(CHOICE, browserWanted ? "browser" : "server");
    this.#library?.forgive();
    if (this.#name) this.know(this.#name);
    this.#tell();
  }

  // There is no server that could draw: this browser draws all, however long it takes.
  drawAll() {
    this.browserWanted = true;
    this.#isServed = false;
  }

  // What the server tells of a model if this browser can draw with it right now, else null; then it is being fetched.
  know(name) {
    const isOther = name !== this.#name;
    this.#name = name;
    if (this.browserWanted && !this.alone) this.#open().entry(name);
    if (isOther) this.#tell();
    const { state, told } = this.#entry();
    return state === "ready" ? told : null;
  }

  // The same once it has been fetched; null if this browser cannot draw with it.
  async known(name) {
    this.know(name);
    await this.#library?.peek(name)?.done;
    const { state, told } = this.#library?.peek(name) ?? {};
    return state === "ready" ? told : null;
  }

  // What the server tells of several models, once this browser can draw with all of them; null if it cannot.
  async open(names) {
    if (!this.browserWanted || this.alone) return null;
    const entries = names.map((name) => this.#open().entry(name));
    await Promise.all(entries.map(({ done }) => done));
    return entries.every(({ state }) => state === "ready") ? entries.map(({ told }) => told) : null;
  }

  // Whether a request is short enough to be drawn here.
  takes(request) {
    const { pool } = this.#library, key = this.#hashOf(request.checkpoint);
    const strength = pool.strength(key, request.place ?? pool.placeOf(key));
    return !this.#isServed || passesOf(request) <= MOST_PASSES * strength;
  }

  // Where all of several models are computed, if they shall be in one place.
  placeOfAll(names) {
    const { pool } = this.#library;
    return names.every((name) => pool.placeOf(this.#hashOf(name)) === "graphics") ? "graphics" : "cores";
  }

  #hashOf(name) {
    return this.#library.peek(name)?.told?.hash;
  }

  // The sprites of {checkpoint, run, sprites}, drawn here: {pixels, calls, seconds, place, crew}; {superseded: true}
  // where a newer request in the same lane has come between; {error: a sentence} where they came to nothing; null where
  // the server must draw them. watch: see Pool.run.
  async draw(request, lane, watch) {
    const told = this.#library?.peek(request.checkpoint)?.told;
    if (!told || !this.takes(request)) return null;
    const signal = this.#newest(lane), start = performance.now();
    try {
      const { pool } = this.#library, drawn = await pool.run({ key: told.hash, ...request }, signal, watch);
      if (!drawn) return { superseded: true };
      return { ...drawn, seconds: (performance.now() - start) / 1000, crew: pool.crewIn(drawn.place) };
    } catch (error) {
      const isBack = await this.#isThereAgain(request.checkpoint, error);
      if (signal.aborted) return { superseded: true };
      return isBack ? this.draw(request, lane, watch) : null;
    }
  }

  // The same for what follows a drag, as many sprites at a time as `drawer` has time for: `which` tells them.
  // drawer: what the server told of the model that draws.
  async follow(request, lane, drawer) {
    const { sprites } = request, parts = partsOf(drawer.took, sprites.length, this.#library.pool.size);
    const which = partOf(sprites.length, parts, this.#turn++);
    const drawn = await this.draw({ ...request, sprites: which.map((k) => sprites[k]) }, lane);
    if (!drawn?.pixels) return drawn;
    this.timed(drawer, drawn.seconds * parts);
    return { ...drawn, which };
  }

  // What the blocks of a network make of a noisy sprite, see look_runs.js; null where the server must look at it.
  async look({ checkpoint, ...looked }) {
    const told = this.#library?.peek(checkpoint)?.told;
    if (!told) return null;
    try {
      return await this.#library.pool.look({ key: told.hash, ...looked });
    } catch (error) {
      return await this.#isThereAgain(checkpoint, error) ? this.look({ checkpoint, ...looked }) : null;
    }
  }

  // Whether a model that the workers had forgotten has been loaded again; what else is wrong with it refuses it.
  async #isThereAgain(name, error) {
    if (!(error instanceof ForgottenError)) this.#library.refuse(name, error.message);
    else await this.#library.again(name).done;
    return this.#library.peek(name).state === "ready";
  }

  // A model of what the server told took so many seconds for a drawing that follows a drag.
  timed(drawer, seconds) {
    drawer.took = lately(drawer.took, seconds);
  }

  // By its last drawings, another student of the model may suit this browser better.
  suitStudent(name) {
    const told = this.know(name), fits = told?.student && suited(told.students, told.student, told.student.took);
    if (fits && fits.name !== told.student.name && !this.alone) this.#library.exchange(told, fits);
  }

  // Nobody waits for the newest request in a lane any more.
  drop(lane) {
    this.#lanes.get(lane)?.abort();
  }

  // Ask the server whether it is there: whoever draws for long without it wants to know.
  async knock() {
    if (!this.#isServed) return;
    const asked = fetch(document.baseURI, { method: "HEAD", cache: "no-store" });
    this.heard(await asked.then(() => true, () => false));
  }

  // Whether the server answers is told by whoever asks it.
  heard(answers) {
    if (this.alone === !answers) return;
    this.alone = !answers;
    this.#tell();
  }

  #entry() {
    if (!this.browserWanted) return { state: "server", why: "" };
    return this.#library?.peek(this.#name) ?? { state: "idle", why: "" };
  }

  #open() {
    this.#library ??= new Library(new Pool(), () => this.#tell());
    return this.#library;
  }

  #newest(lane) {
    this.drop(lane);
    const controller = new AbortController();
    this.#lanes.set(lane, controller);
    return controller.signal;
  }

  #tell() {
    this.dispatchEvent(new Event("status"));
  }
}

const passesOf = ({ run, sprites }) => 2 * run.steps * sprites.length;   // with and without context

export const device = new Device();
document.addEventListener("heard", ({ detail }) => device.heard(detail));
