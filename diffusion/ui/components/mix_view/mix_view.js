// The picture of the Context tab: sprites that follow the mix, each with the judge's reading.
// The mix comes as `document.mix`, see mix_push.js. While it changes, server.draw is asked, one question at a time and
// always the newest; when it rests, server.refine. An answer is shown only if it still says something new.
// value: JSON {ask, chosen}, for the server; noises: JSON of [seed, index] a sprite, from a mix that was given back.

const RESTS_MS = 250, RELEASED_MS = 40, SAVED_NAME = "sprites";

const note = find(".note"), sprites = find(".sprites"), cameOut = find(".came-out");
const lock = find(".lock"), keep = find(".keep"), chosenText = find(".chosen");

const count = props.sprites, locked = new Set();
let mix = null, noises = [], chosen = null, picture = null;
let wanted = "", refining = "", shown = { about: "", final: false };   // asks as JSON: wanted, and what is shown of it
let asking = false, held = false, releasedAt = 0, rest;

const percent = (p) => `${Math.round(100 * p)} %`;

// ---- asking

function noiseOf(k) {
  return locked.has(k) ? noises[k] : [mix.seed, k];
}

function want() {
  mix = document.mix ?? mix;
  if (!mix) return;
  noises = Array.from({ length: count }, (_, k) => noiseOf(k));
  const ask = JSON.stringify({ ...mix, origins: noises });
  if (ask === wanted) return;
  wanted = ask;
  drawQuickly();
  restSoon();
}

function tellServer() {
  props.value = JSON.stringify({ ask: wanted && JSON.parse(wanted), chosen });
}

const ask = (question, about) => server[question](JSON.parse(about)).catch(() => null);

async function drawQuickly() {
  if (asking) return;
  asking = true;
  for (let about = ""; about !== wanted && shown.about !== wanted; ) {
    about = wanted;
    const answer = await ask("draw", about), answered = about;
    requestAnimationFrame(() => isFinal() || show(answer, answered));   // the next question goes out first
  }
  asking = false;
}

// Whether all that is wanted has been shown; an answer that comes later is out of date.
const isFinal = () => shown.final && shown.about === wanted;

async function refine() {
  const about = wanted;
  if (held || isFinal() || about === refining) return;
  refining = about;
  const answer = await ask("refine", about);
  refining = "";
  if (about === wanted) show(answer, about);   // else the mix has gone on
}

function restSoon() {
  clearTimeout(rest);
  const justReleased = performance.now() - releasedAt < RESTS_MS;
  if (!held) rest = setTimeout(settle, justReleased ? RELEASED_MS : RESTS_MS);
}

function settle() {
  tellServer();
  refine();
}

const hold = () => (held = true);
function release() {
  held = false;
  releasedAt = performance.now();
  if (wanted) restSoon();
}

// ---- showing

function makeCell(k) {
  const cell = make("button"), canvas = make("canvas"), bars = make("span", "bars");
  cell.type = "button";
  cell.setAttribute("aria-pressed", "false");
  cell.append(canvas, bars);
  cell.addEventListener("click", () => choose(k));
  return { cell, bars, context: canvas.getContext("2d"), canvas };
}

const cells = Array.from({ length: count }, (_, k) => makeCell(k));
sprites.append(...cells.map(({ cell }) => cell));

function bar() {
  const track = make("i");
  track.append(make("b"));
  return track;
}

function makeRow(name) {
  const row = make("tr"), track = make("div", "track"), line = make("td", "bar");
  track.append(make("b"));
  line.append(track);
  row.append(make("td", "name", name), make("td", "asked"), line, make("td", "share"));
  return row;
}

function layOut({ categories, readings, side }) {
  for (const { canvas } of cells) canvas.width = canvas.height = side;
  cameOut.hidden = !readings;
  find("tbody").replaceChildren(...categories.map(makeRow));
  for (const { bars } of cells) {
    bars.hidden = !readings;
    bars.replaceChildren(...categories.map(bar));
  }
}

function inWords(reading, categories) {
  const named = reading.map((p, k) => [p, categories[k]]).sort((a, b) => b[0] - a[0]);
  return named.slice(0, 2).map(([p, name]) => `${name} ${percent(p)}`).join(", ");
}

function drawReadings({ readings, categories }) {
  readings.forEach((reading, k) => {
    const most = reading.indexOf(Math.max(...reading));
    [...cells[k].bars.children].forEach((track, i) => {
      track.firstChild.style.transform = `scaleY(${reading[i]})`;
      track.className = i === most ? "most" : "";
    });
  });
  [...find("tbody").children].forEach((row, i) => {
    const mean = readings.reduce((sum, reading) => sum + reading[i], 0) / readings.length;
    row.children[1].textContent = (mix.weights[i] ?? 0).toFixed(2);
    row.querySelector("b").style.transform = `scaleX(${mean})`;
    row.children[3].textContent = percent(mean);
  });
}

const look = ({ categories, readings, side }) => [side, Boolean(readings), ...categories].join();

function show(answer, about) {
  const failed = !answer || answer.error;
  shown = { about, final: Boolean(answer?.final) };
  note.setAttribute("aria-live", shown.final ? "polite" : "off");
  note.textContent = failed ? answer?.error ?? "The server did not answer: try again." : `${answer.sentence}.`;
  note.classList.toggle("failed", Boolean(failed));
  note.classList.toggle("final", shown.final);
  if (failed) return;
  if (!picture || look(picture) !== look(answer)) layOut(answer);
  picture = answer;
  const pixels = bytes(answer.pixels);
  cells.forEach(({ context }, k) => context.putImageData(spriteImage(pixels, answer.side, k), 0, 0));
  if (answer.readings) drawReadings(answer);
  nameChosen();
  sprites.dataset.drawn = Number(sprites.dataset.drawn ?? 0) + 1;
  sprites.dataset.final = answer.final;
}

// ---- one sprite

function nameChosen() {
  cells.forEach(({ cell }, k) => {
    cell.setAttribute("aria-label", `Sprite ${k + 1}${locked.has(k) ? ", locked" : ""}`);
    cell.setAttribute("aria-pressed", k === chosen);
    cell.classList.toggle("locked", locked.has(k));
  });
  if (chosen === null) return;
  const reading = picture?.readings?.[chosen];
  chosenText.textContent = `Sprite ${chosen + 1}${reading ? `: ${inWords(reading, picture.categories)}` : ""}`;
  lock.textContent = locked.has(chosen) ? "Unlock" : "Lock";
  lock.setAttribute("aria-pressed", locked.has(chosen));
  lock.disabled = keep.disabled = false;
}

function choose(k) {
  chosen = k;
  nameChosen();
  tellServer();
}

lock.addEventListener("click", () => {
  if (locked.has(chosen)) locked.delete(chosen);
  else locked.add(chosen);
  nameChosen();
  want();
});
keep.addEventListener("click", () => {
  tellServer();
  trigger("like");
});

for (const button of element.querySelectorAll(".save")) {
  const { kind } = button.dataset, name = button.textContent;
  button.addEventListener("click", async () => {
    button.disabled = true;
    const file = wanted && (await ask(kind, wanted));
    button.disabled = false;
    button.textContent = file ? name : "Could not be saved: try again";
    if (!file) return;
    const link = document.createElement("a");
    link.href = `data:image/${kind};base64,${file}`;
    link.download = `${SAVED_NAME}.${kind}`;
    link.click();
  });
}

// A mix that was given back brings the noise of each sprite.
function takeNoises() {
  if (!props.noises) return;
  const { seed, origins } = JSON.parse(props.noises);
  props.noises = "";   // so that the same ones can come again
  locked.clear();
  origins.slice(0, count).forEach((origin, k) => {
    noises[k] = origin;
    if (origin[0] !== seed || origin[1] !== k) locked.add(k);
  });
  want();
}

document.addEventListener("mix", want);
document.addEventListener("pointerdown", hold, true);
document.addEventListener("pointerup", release, true);
document.addEventListener("pointercancel", release, true);
watch("noises", takeNoises);
nameChosen();
want();
