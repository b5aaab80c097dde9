// Denoises what the Noise tab shows, in this browser, and says what that cost.
async () => {
  document.dispatchEvent(new Event("hold"));   // it may be dissolving by itself

  async function denoise() {
    const [{ device }, runs] = await modules("device.js", "noise_runs.js");
    const { noised } = document, model = device.know(noised.checkpoint);
    const request = model && runs.denoiseRun(noised, model), run = request && await device.draw(request, "denoise");
    if (!run?.film) return run && (run.error ?? same);   // it went wrong in words, or another one has come between
    show("noise-player", runs.denoisedPayload(request, run));
    return cost(words.denoised, run, { steps: counted(request.run.steps, "step") });
  }

  return hereOrElse(denoise, "noise-by-server");
}
