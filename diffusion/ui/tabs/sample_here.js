// Draws the run of the Sample tab in this browser and says what it cost, or else presses the button that asks the
// server.
async (checkpoint, category, sampler, steps, n, guidance, seed, clean, fault) => {
  const words = WORDS, same = { __type__: "update" };
  const code = (name) => import(new URL(`browser/code/${name}`, document.baseURI));
  const one = category === words.inTurn ? "" : category;
  const asked = { checkpoint, category: one, sampler, steps, n, guidance, seed, clean };

  const fillIn = (sentence, values) => sentence.replace(/{(\w+)}/g, (_, name) => values[name]);
  const counted = (number, thing) => `${number} ${thing}${number === 1 ? "" : "s"}`;

  async function drawn() {
    const all = ["device.js", "sample_runs.js"].map(code);   // both now, while the server is there
    const [{ device }, { sampleRun, livePayload, playerPayload }] = await Promise.all(all);
    const model = device.know(checkpoint), request = model && !fault ? sampleRun(asked, model) : null;
    const start = performance.now();
    const run = request && await device.draw(request, "sample", ({ step, pixels }) => {
      const left = (performance.now() - start) / 1000 / step * (steps - step);
      show(livePayload(n, pixels, fillIn(words.underWay, { step, steps, seconds: Math.round(left) })));
    });
    if (!run?.film) return run && (run.error ?? same);   // it went wrong in words, or was stopped
    show(playerPayload(asked, request, run));
    return told(run, device.status.workers);
  }

  function show(payload) {
    document.querySelector("#sample-player .player").dispatchEvent(new CustomEvent("run", { detail: payload }));
  }

  function told({ calls, seconds }, workers) {
    return fillIn(words.cost, {
      sprites: counted(n, "sprite"), steps: counted(steps, "step"), calls: counted(calls, "network call"),
      seconds: seconds.toFixed(2), workers: counted(workers, "worker"),
    });
  }

  // Asked before its button is pressed: after one question that gets no answer, Gradio's page asks no more.
  const serverAnswers = () => (
    fetch(document.baseURI, { method: "HEAD", cache: "no-store" }).then(() => true, () => false)
  );

  const facts = await drawn().catch(() => null);
  if (facts !== null) return facts;
  if (!await serverAnswers()) return words.silent;
  document.querySelector("#sample-by-server").click();
  return same;
}
