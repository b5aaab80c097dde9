// What scripts begin with that have this browser do what a button asks for, or else the server.

const words = WORDS, same = { __type__: "update" };

// All at once, while the server is there.
const modules = (...names) => (
  Promise.all(names.map((name) => import(new URL(`browser/code/${name}`, document.baseURI))))
);

// Gives a player, by its id, what it shall show.
function show(player, payload) {
  document.querySelector(`#${player} .player`).dispatchEvent(new CustomEvent("run", { detail: payload }));
}

// What a run cost; run: as the device gives it.
function cost(sentence, { calls, seconds, crew }, counts) {
  const spent = { calls: counted(calls, "network call"), seconds: seconds.toFixed(2) };
  return fillIn(sentence, { ...counts, ...spent, workers: crewed(crew) });
}

// Asked before its button is pressed: after one question that gets no answer, Gradio's page asks no more.
const serverAnswers = () => (
  fetch(document.baseURI, { method: "HEAD", cache: "no-store" }).then(() => true, () => false)
);

// What is said of what was done here; where that is null, or breaks, the server's button, by its id, is pressed.
async function hereOrElse(doHere, button) {
  const facts = await doHere().catch(() => null);
  if (facts !== null) return facts;
  if (!await serverAnswers()) return words.silent;
  document.querySelector(`#${button}`).click();
  return same;
}
