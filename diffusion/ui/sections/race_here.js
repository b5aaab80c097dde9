// Runs the race that the server has planned in this browser; gives what the server shall tell of it, or "".
async (text) => {
  const plan = JSON.parse(text);

  async function raceHere() {
    const [{ device }, { race, underWay }] = await modules("device.js", "race_runs.js");
    device.know(plan.race[0].checkpoint);
    const ended = await race(device, plan, (k, where, pictures) => {
      const sentence = where.step < where.steps ? words.running : words.finished;
      const values = { ...where, title: plan.lanes[k].name, seconds: Math.round(where.seconds) };
      show("race-player", underWay(plan, pictures, fillIn(sentence, values)));
    });
    if (!ended?.payload) return ended && "";   // it was stopped
    show("race-player", ended.payload);
    return JSON.stringify(ended.told);
  }

  return hereOrElse(raceHere, "race-by-server");
}
