// Draws the run of the Sample tab in this browser and says what it cost.
async (checkpoint, category, sampler, steps, n, guidance, seed, clean, fault) => {
  const one = category === words.inTurn ? "" : category;
  document.querySelector("#sample-player .player").dispatchEvent(new Event("begun"));
  const asked = { checkpoint, category: one, sampler, steps, n, guidance, seed, clean };

  async function draw() {
    const [{ device }, runs, payloads] = await modules("device.js", "sample_runs.js", "payloads.js");
    const model = device.know(checkpoint), request = model && !fault ? runs.sampleRun(asked, model) : null;
    const start = performance.now();
    const run = request && await device.draw(request, "sample", (live) => {
      const { step } = live, left = (performance.now() - start) / 1000 / step * (steps - step);
      const label = fillIn(words.underWay, { step, steps, seconds: Math.round(left) });
      show("sample-player", payloads.payload([payloads.liveLane(n, live, steps, label)], { autoplay: false }));
    });
    if (!run?.film) return run && (run.error ?? same);   // it went wrong in words, or was stopped
    const lane = payloads.runLane(request, run), recipe = runs.recipeOf(asked, request);
    show("sample-player", payloads.payload([lane], { autoplay: true, recipe }));
    const counts = { sprites: counted(n, "sprite"), steps: counted(steps, "step") };
    return cost(words.cost, run, counts);
  }

  return hereOrElse(draw, "sample-by-server");
}
