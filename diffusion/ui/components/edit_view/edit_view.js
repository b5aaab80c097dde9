// The picture of the Edit tab: four variants of the drawing, each with the judge's reading and how far it has gone.
// What is asked comes as `document.editing`, see edit_push.js, the drawing as `document.drawing`, see pixel_editor.js.
// They are followed as pursuit.js says; this browser draws, or else the server: draw and refine.
// value: JSON {ask, chosen}, for the server; words: the sentences that are filled in here.

const SIDE = 16;

const note = find(".note"), variants = find(".variants"), chosenText = find(".chosen");
const use = find(".use"), keep = find(".keep"), learn = find(".learn");
const { words } = props;

const state = {
  chosen: null,    // the index of a variant
  picture: null,   // the last answer that was no error, {pixels, ...}
  drawing: null,   // the drawing that it was made of
  pursuit: null,   // see pursuit.js; null until it is known who may draw
  device: null,    // who draws, see browser/device.js; null where this browser has none
  runs: null,      // the module browser/edit_runs.js
};

// ---- asking

const isThere = () => state.pursuit && document.editing && document.drawing && element.offsetParent;

function want() {
  if (!isThere()) return;
  const { kind } = document.editing, { pixels, kept } = document.drawing;
  const isWhole = kept.every((stays) => stays);
  if (kind === "finish" && isWhole) return hint(words.nothingToInvent);
  const origins = cells.map((_, k) => [document.editing.seed, k]);
  const about = JSON.stringify({ ...document.editing, origins, drawing: base64(pixels), kept: base64(kept) });
  if (about !== state.pursuit.wanted) state.device?.drop("edit in full");
  state.pursuit.want(about);
}

const wantedAsk = () => state.pursuit?.wanted && JSON.parse(state.pursuit.wanted);

function tellServer() {
  props.value = JSON.stringify({ ask: wantedAsk(), chosen: state.chosen });
}

async function askServer(question, about) {
  const answer = await ask(question, about);
  return answer.error ? answer : { ...answer, pixels: bytes(answer.pixels), drawing: about.drawing };
}

// From this browser; null where the server must draw.
async function drawHere(plan, about) {
  const model = state.device?.know(about.checkpoint), request = model && state.runs[plan](about, model);
  const drawn = request && await state.device.draw(request, plan === "fullRun" ? "edit in full" : "edit");
  if (!drawn?.pixels) return drawn;   // it is not drawn here, superseded, or failed
  const { categories } = model, final = plan === "fullRun";
  return { ...drawn, sentence: sentenceOf(request, drawn), categories, final, drawing: about.drawing };
}

async function answered(plan, question) {
  const about = wantedAsk();
  return await drawHere(plan, about) ?? askServer(question, about);
}

function sentenceOf({ checkpoint, run, kind }, { calls, seconds }) {
  const spent = { calls: counted(calls, "network call"), ms: Math.round(1000 * seconds) };
  return fillIn(words[kind], { name: checkpoint, steps: counted(run.steps, "step"), spent: fillIn(words.spent, spent) });
}

// ---- showing

function makeCell(k) {
  const canvas = make("canvas"), read = make("span", "read"), apart = make("span", "apart");
  const cell = makeButton("", () => choose(k), canvas, read, apart);
  cell.setAttribute("aria-pressed", false);
  return { cell, canvas, read, apart };
}

const cells = Array.from({ length: props.variants }, (_, k) => makeCell(k));
variants.append(...cells.map(({ cell }) => cell));

// How far apart two pictures are: the mean difference of a value, of its whole reach.
const apart = (a, b) => mean([...a].map((value, i) => Math.abs(value - b[i]))) / 255;

const likeliest = (reading) => reading.indexOf(Math.max(...reading));

function hint(sentence) {
  note.className = "note";
  note.textContent = sentence;
}

function showNote(answer, final) {
  note.setAttribute("aria-live", final ? "polite" : "off");
  note.textContent = answer.error ?? `${answer.sentence}.`;
  note.classList.toggle("failed", Boolean(answer.error));
  note.classList.toggle("final", final);
}

function showCell({ canvas, read, apart: far }, k, { pixels, drawing, readings, categories }) {
  drawSprite(canvas, pixels, SIDE, k);
  const reading = readings?.[k], most = reading && likeliest(reading), from = 3 * SIDE * SIDE * k;
  say(read, reading ? fillIn(words.reads, { category: categories[most], share: percent(reading[most]) }) : "");
  const share = percent(apart(pixels.subarray(from, from + drawing.length), drawing));
  say(far, fillIn(words.apart, { share }));
}

function show(answer, final) {
  showNote(answer, final);
  if (answer.error) return;
  state.picture = { ...answer, drawing: bytes(answer.drawing) };
  cells.forEach((cell, k) => showCell(cell, k, state.picture));
  if (!props.value) tellServer();
  variants.dataset.drawn = Number(variants.dataset.drawn ?? 0) + 1;
  variants.dataset.final = final;
  nameChosen();
}

function nameChosen() {
  cells.forEach(({ cell, read, apart: far }, k) => {
    cell.setAttribute("aria-label", `Variant ${k + 1}: ${read.textContent}, ${far.textContent}`);
    cell.setAttribute("aria-pressed", k === state.chosen);
  });
  say(chosenText, state.chosen === null ? words.choose : fillIn(words.chosen, { k: state.chosen + 1 }));
  use.disabled = keep.disabled = learn.disabled = state.chosen === null || !state.picture;
}

function choose(k) {
  state.chosen = k;
  nameChosen();
  tellServer();
}

use.addEventListener("click", () => {
  const size = 3 * SIDE * SIDE, from = size * state.chosen;
  document.dispatchEvent(new CustomEvent("draw-on", { detail: state.picture.pixels.slice(from, from + size) }));
});
for (const [button, event] of [[keep, "like"], [learn, "submit"]]) {
  button.addEventListener("click", () => {
    tellServer();
    trigger(event);
  });
}
offerSaving(wantedAsk);

document.addEventListener("editing", want);
document.addEventListener("drawn", want);
whenSeen(want);
nameChosen();

// Nothing is asked before it is known who may draw.
async function begin() {
  state.device = await browserDevice();
  state.runs = state.device && await browserCode("edit_runs.js");
  state.pursuit = new Pursuit({
    quick: () => answered("quickRun", "draw"),
    full: () => answered("fullRun", "refine"),
    show,
    rests() {
      tellServer();
      state.device?.knock();
    },
  });
  want();
}
begin();
