// A race that this browser runs: several samplers from the same noise, timed alike one after the other, as in
// diffusion/serving/race.py. Its lanes all run here, and in one place, or none does.
// plan: {race: the recipe of each lane, lanes: [{title, kind, name}]}, made by the server.

import { keyFrames, roomOfLanes } from "./film.js";
import { joined } from "./joined.js";
import { SIZE } from "./network.js";
import { payload, runLane, stillLane } from "./payloads.js";
import { pixelsOf } from "./pixels.js";
import { spriteNoise } from "./torch_noise.js";

const WARM_UP_STEPS = 3, VIEWS = ["x_t", "x0"];
const MOST_TOLD = 224;        // sprites of all lanes together: so many go into one question to the server
const LEAST_SECONDS = 1e-4;   // that the clock of a page tells
const QUEUE = "race";         // of the device: a newer race ends an older one

// What came of a race, {told, payload}; {} if it was stopped, null if the server must run it.
// watch(k, {step, steps, seconds}, pictures): called now and then while lane k runs, with the seconds that are left and
// the pictures of all lanes.
export async function race(device, plan, watch) {
  const requests = await entered(device, plan.race);
  if (!requests) return null;
  const pictures = plan.race.map(({ config }) => noisePicture(config)), drawn = [];
  for (const k of bySteps(requests)) {   // the quickest lane first, so that there is something to see at once
    const run = await timed(device, requests[k], ({ pixels, ...where }) => {
      pictures[k] = pixels;
      watch(k, where, pictures);
    });
    if (!run?.film || run.place !== requests[k].place) return run?.superseded ? {} : null;
    drawn[k] = run;
  }
  return { told: told(drawn), payload: replay(plan, requests, drawn) };
}

// The player's payload while a race is run; label: the line below it.
export function underWay(plan, pictures, label) {
  const lanes = plan.race.map(({ config }, k) => stillLane(config.n, pictures[k], label));
  return payload(named(lanes, plan), { autoplay: false });
}

// ---- the lanes

async function entered(device, recipes) {
  const names = recipes.map(({ checkpoint }) => checkpoint), models = await device.open(names);
  const place = models && device.placeOfAll(names);
  const requests = models?.map((model, k) => ({ ...request(recipes[k], model, recipes.length), place }));
  const sprites = recipes.reduce((sum, { config }) => sum + config.n, 0);
  return sprites <= MOST_TOLD && requests?.every((one) => device.takes(one)) ? requests : null;
}

function request({ checkpoint, config, weights }, { categories, palette }, lanes) {
  const { n, seed, origins, ...run } = config, mix = weights && new Map(weights);
  const weightOf = (name, i, k) => (mix ? mix.get(name) ?? 0 : Number(i === k % categories.length));
  const context = (k) => categories.map((name, i) => weightOf(name, i, k));
  const sprites = Array.from({ length: n }, (_, k) => ({ context: context(k), origin: [seed, k] }));
  const keep = keyFrames(run.steps, n, roomOfLanes(lanes));
  return { checkpoint, run: { ...run, clean: run.clean ?? palette }, sprites, keep };
}

const bySteps = (requests) => [...requests.keys()].sort((a, b) => requests[a].run.steps - requests[b].run.steps);

function noisePicture({ n, seed }) {
  return joined(Array.from({ length: n }, (_, k) => pixelsOf(spriteNoise([seed, k], SIZE)())));
}

// A lane, after the warm-up that all of them have; or why it has not ended, see Device.draw.
async function timed(device, { keep, ...request }, watch) {
  const { run } = request, few = Math.min(WARM_UP_STEPS, run.steps);
  const warm = await device.draw({ ...request, run: { ...run, steps: few } }, QUEUE), start = performance.now();
  if (!warm?.pixels) return warm;
  const left = (step) => (performance.now() - start) / 1000 / step * (run.steps - step);
  const see = ({ step, pixels }) => watch({ step, steps: run.steps, seconds: left(step), pixels });
  const drawn = await device.draw({ ...request, keep }, QUEUE, see);
  if (drawn?.pixels) see({ step: run.steps, pixels: drawn.pixels });
  return drawn;
}

// ---- what came of it

function told(drawn) {
  const starts = drawn.map(({ film }) => film.views.x_t.subarray(0, film.n * SIZE));
  return {
    calls: drawn.map(({ calls }) => calls),
    seconds: drawn.map(({ film }) => Math.max(LEAST_SECONDS, film.at.at(-1))),
    sprites: drawn.map(({ pixels }) => btoa(String.fromCharCode(...pixels))),
    alike: starts.every((start) => start.every((value, i) => value === starts[0][i])),
    ...drawn[0].crew,
  };
}

// The player's payload of a race that has ended; its recipe says why it cannot be saved.
function replay(plan, requests, drawn) {
  const lanes = drawn.map((run, k) => ofViews(runLane(requests[k], run)));
  return payload(named(lanes, plan), { autoplay: true, recipe: { isHere: true } });
}

const ofViews = (lane) => ({ ...lane, views: Object.fromEntries(VIEWS.map((name) => [name, lane.views[name]])) });

function named(lanes, plan) {
  return lanes.map((lane, k) => ({ ...lane, title: plan.lanes[k].title, kind: plan.lanes[k].kind }));
}
