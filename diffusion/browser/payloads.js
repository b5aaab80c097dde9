// Runs and pictures as the player takes them, as in diffusion/serving/wire_formats.py.

const SIDE = 16;

// A run that has ended, as one lane; request: {run, sprites}; drawn: {film, calls}, see Pool.run.
export function runLane({ run, sprites }, { film, calls }) {
  const { t, alphaBar, curve, at, views } = film;
  const shown = Object.fromEntries(Object.entries(views).map(([name, data]) => [name, { bits: 8, data }]));
  const { length } = sprites, { steps } = run;
  return { side: SIDE, title: "", sprites: length, steps, calls, t, alphaBar, at, curve, views: shown };
}

// n sprites as they are, with a line below them.
export function stillLane(n, pixels, label) {
  return { side: SIDE, sprites: n, at: [0], labels: [label], views: { x_t: { bits: 8, data: pixels } } };
}

// A run under way: the sprites as they are, and what the network takes them for; steps: of the whole run.
export function liveLane(n, { pixels, guess, step }, steps, label) {
  const lane = stillLane(n, pixels, label);
  return { ...lane, views: { ...lane.views, x0: { bits: 8, data: guess } }, underWay: { step, steps } };
}

// Lanes side by side; with a recipe, the server can save them.
export function payload(lanes, { autoplay, recipe = null }) {
  const columns = Math.ceil(Math.sqrt(lanes[0].sprites));
  return { lanes, columns, autoplay, clock: null, recipe, grows: false };
}
