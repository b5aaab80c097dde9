// The picture of the Edit tab: four variants of the drawing, each with the judge's reading and how far it has gone.
// What is asked comes as `document.editing`, see edit_push.js, the drawing as `document.drawing`, see pixel_editor.js.
// They are followed as following.js says, which tells of value and words.

const variants = find(".variants"), chosenText = find(".chosen");
const use = find(".use"), keep = find(".keep"), learn = find(".learn");
const { words } = props;

const following = new Following("edit", show);
let picture = null;   // the last answer that was no error

// ---- asking

const isSeen = whenSeen(want);
const isThere = () => following.hasBegun && document.editing && document.drawing && isSeen();

function want() {
  if (!isThere()) return;
  const { kind } = document.editing, { pixels, kept } = document.drawing;
  const isWhole = kept.every((stays) => stays);
  if (kind === "finish" && isWhole) return following.hint(words.nothingToInvent);
  const origins = cells.map((_, k) => [document.editing.seed, k]);
  following.want({ ...document.editing, origins, drawing: base64(pixels), kept: base64(kept) });
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

function showCell({ canvas, read, apart: far }, k, { pixels, readings, categories }, drawing) {
  drawSprite(canvas, pixels, SIDE, k);
  const reading = readings?.[k], most = reading && likeliest(reading), from = SPRITE_BYTES * k;
  say(read, reading ? fillIn(words.reads, { category: categories[most], share: percent(reading[most]) }) : "");
  const share = percent(apart(pixels.subarray(from, from + drawing.length), drawing));
  say(far, fillIn(words.apart, { share }));
}

function show(answer, final) {
  const drawing = bytes(answer.asked.drawing);
  picture = answer;
  for (const k of answer.which) showCell(cells[k], k, picture, drawing);
  variants.dataset.drawn = Number(variants.dataset.drawn ?? 0) + 1;
  variants.dataset.final = final;
  nameChosen();
}

function nameChosen() {
  const { chosen } = following;
  cells.forEach(({ cell, read, apart: far }, k) => {
    cell.setAttribute("aria-label", `Variant ${k + 1}: ${read.textContent}, ${far.textContent}`);
    cell.setAttribute("aria-pressed", k === chosen);
  });
  say(chosenText, chosen === null ? words.choose : fillIn(words.chosen, { k: chosen + 1 }));
  use.disabled = keep.disabled = learn.disabled = chosen === null || !picture;
}

function choose(k) {
  following.choose(k);
  nameChosen();
}

use.addEventListener("click", () => {
  const from = SPRITE_BYTES * following.chosen, detail = picture.pixels.slice(from, from + SPRITE_BYTES);
  document.dispatchEvent(new CustomEvent("draw-on", { detail }));
});
for (const [button, event] of [[keep, "like"], [learn, "submit"]]) {
  button.addEventListener("click", () => {
    following.tellServer();
    trigger(event);
  });
}
offerSaving(() => following.ask);

document.addEventListener("editing", want);
onSlide("edit-noise", "editing", (percent) => ({ noise_share: percent / 100 }));
onSlide("edit-resampling", "editing", (resampling) => ({ resampling }));
onSlide("edit-guidance", "editing", (guidance) => ({ guidance }));
onSlide("become-", "editing", (weight, { weights }, k) => ({ weights: replaced(weights, k, weight) }));
document.addEventListener("drawn", want);
nameChosen();
following.begin("edit_runs.js", want);
