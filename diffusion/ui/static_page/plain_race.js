// A race on the page alone: its plan, which in the app the server makes, and what came of it, in a sentence.

// What race_here.js takes. lanes: [{sampler, steps}]; kinds: {title, mark} by the samplers' names.
export function planOf(lanes, kinds, { checkpoint, n, seed, clean }, model) {
  const whole = { ...model.full, n, seed, clean, guidance: null, eta: 0, variance: "beta", origins: null };
  const race = lanes.map((lane) => ({ checkpoint, config: { ...whole, ...lane }, weights: null }));
  const named = lanes.map(({ sampler, steps }) => {
    const { title, mark } = kinds[sampler], name = `${title}, ${counted(steps, "step")}`;
    return { title: `${mark} ${name}`, kind: sampler, name };
  });
  return { race, lanes: named };
}

// told: what race_runs.js tells of a race; words: the sentences about it.
export function cameOf(told, { race, lanes }, words) {
  const { calls, seconds, alike } = told, [{ config: { n } }] = race;
  const fast = seconds[0] < seconds[1] ? 0 : 1, slow = 1 - fast;
  const spent = (k) => fillIn(words.spentInRace, {
    name: lanes[k].name, calls: counted(calls[k], "network call"), seconds: seconds[k].toFixed(2),
  });
  return fillIn(words.raced, {
    fast: lanes[fast].name, slow: lanes[slow].name, ratio: (seconds[slow] / seconds[fast]).toFixed(1),
    spent: lanes.map((_, k) => spent(k)).join("; "), start: alike ? words.alike : words.notAlike,
    sprites: counted(n, "sprite"), workers: crewed(told),
  });
}
