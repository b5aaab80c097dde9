// What is kept of a run to be played, as diffusion/trajectory.py keeps it: some of its states, each as bytes.

import { SIZE } from "./network.js";
import { pixelsOf } from "./pixels.js";

const MOST_VIEW_BYTES = 983_040, MOST_FRAMES = 100, DENSER_AT_END = 1.5;
const CURVE_POINTS = 101;
const NOISE_SCALE = 1 / 3;   // noise is shown from -3 to 3
const VIEWS = ["x_t", "x0", "eps", "z"];

// Which of the steps + 1 states of n sprites to keep: all if few, else more towards the end.
export function keyFrames(steps, n, viewBytes = MOST_VIEW_BYTES) {
  const room = Math.max(2, Math.min(MOST_FRAMES, Math.floor(viewBytes / (SIZE * n))));
  if (steps + 1 <= room) return Array.from({ length: steps + 1 }, (_, i) => i);
  const kept = Array.from({ length: room }, (_, i) => steps * (1 - (1 - i / (room - 1)) ** DENSER_AT_END));
  return [...new Set(kept.map(Math.round))];
}

// Bytes of each view that a lane of a race may have, see view_room in diffusion/serving/race.py.
export const roomOfLanes = (lanes) => Math.floor(MOST_VIEW_BYTES * 1.5 / lanes);

// The film of one worker's sprites; views lie as [frame][sprite][pixel][3].
export class Film {
  // kept: the states that are kept, from noise to sprite; n: how many sprites.
  constructor(kept, n) {
    this.kept = kept;
    this.n = n;
    this.views = Object.fromEntries(VIEWS.map((name) => [name, new Uint8Array(kept.length * n * SIZE)]));
    this.at = [];   // seconds of computing until each of the states was there
  }

  // State number i of sprite k; eps and z are what is seen in it and added to it, if there is any.
  take(i, k, { x, x0, eps, z }) {
    const frame = this.kept.indexOf(i);
    if (frame < 0) return;
    const none = new Float32Array(SIZE), scaled = (noise) => noise.map((value) => value * NOISE_SCALE);
    const shown = { x_t: x, x0, eps: scaled(eps ?? none), z: scaled(z ?? none) };
    for (const name of VIEWS) this.views[name].set(pixelsOf(shown[name]), (frame * this.n + k) * SIZE);
  }

  // When state number i was there.
  reach(i, seconds) {
    if (this.kept.includes(i)) this.at.push(seconds);
  }
}

// One film of all workers' sprites, with what the player shows beside them.
export function joinedFilm(films) {
  const [{ kept, views, ...first }] = films, all = films.reduce((sum, { n }) => sum + n, 0);
  const names = Object.keys(views), viewOf = (name) => joinedView(films, name, kept.length, all);
  const joined = Object.fromEntries(names.map((name) => [name, viewOf(name)]));
  if (joined.z.every((value) => value === joined.z[0])) delete joined.z;   // no fresh noise anywhere
  const at = kept.map((_, frame) => Math.max(...films.map((film) => film.at[frame])));
  return { ...first, n: all, at, views: joined };
}

function joinedView(films, name, frames, all) {
  const whole = new Uint8Array(frames * all * SIZE);
  let start = 0;   // the first sprite of a film among all
  for (const { views, n } of films) {
    for (let frame = 0; frame < frames; frame++) {
      const part = views[name].subarray(frame * n * SIZE, (frame + 1) * n * SIZE);
      whole.set(part, (frame * all + start) * SIZE);
    }
    start += n;
  }
  return whole;
}

// The t and alpha_bar of the states that are kept, and of a curve over the whole schedule.
export function scheduleFacts(schedule, timesteps, kept) {
  const over = (t) => ({ t, alphaBar: t.map((step) => schedule.alphaBar[step]) });
  const even = Array.from({ length: CURVE_POINTS }, (_, i) => Math.round((schedule.T * i) / (CURVE_POINTS - 1)));
  return { ...over(kept.map((i) => timesteps[i])), curve: over(even) };
}
