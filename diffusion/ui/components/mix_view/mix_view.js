// The picture of the Context tab: sprites that follow the mix, each with the judge's reading.
// The mix comes as `document.mix`, see mix_push.js. It is followed as pursuit.js says; this browser draws, or else the
// server: draw and refine.
// value: JSON {ask, chosen}, for the server; noises: JSON {seed, origins: [[seed, index], ...]}, from a mix that was
// given back; words: the sentences about what this browser drew.

const SIDE = 16;

const note = find(".note"), sprites = find(".sprites"), cameOut = find(".came-out"), rows = find("tbody");
const lock = find(".lock"), keep = find(".keep"), chosenText = find(".chosen");

const state = {
  mix: null,
  noises: [],          // [seed, index] of each sprite
  locked: new Set(),   // the sprites that keep theirs
  chosen: null,        // the index of a sprite
  picture: null,       // the last answer that was no error
  pursuit: null,       // see pursuit.js; null until it is known who may draw
  device: null,        // who draws, see browser/device.js; null where this browser has none
  runs: null,          // the module browser/mix_runs.js
};

// ---- asking

function noiseOf(k) {
  return state.locked.has(k) ? state.noises[k] : [state.mix.seed, k];
}

function want() {
  state.mix = document.mix ?? state.mix;
  if (!state.mix || !state.pursuit) return;
  state.noises = cells.map((_, k) => noiseOf(k));
  const about = JSON.stringify({ ...state.mix, origins: state.noises });
  if (about !== state.pursuit.wanted) state.device?.drop("refine");
  state.pursuit.want(about);
}

const wantedAsk = () => state.pursuit?.wanted && JSON.parse(state.pursuit.wanted);

function tellServer() {
  props.value = JSON.stringify({ ask: wantedAsk(), chosen: state.chosen });
}

// The server's answer to what is wanted, its pixels as bytes.
async function askServer(question) {
  const answer = await ask(question, wantedAsk());
  return answer.error ? answer : { ...answer, pixels: bytes(answer.pixels), isRead: Boolean(answer.readings) };
}

// The same from this browser; null where the server must draw.
async function drawHere(plan) {
  const asked = wantedAsk(), model = state.device?.know(asked.checkpoint);
  const request = model && state.runs[plan](asked, model);
  const drawn = request && await state.device.draw(request, plan === "fullRun" ? "refine" : "draw");
  if (!drawn?.pixels) return drawn;   // it is not drawn here, superseded, or failed
  const { categories, isRead, unread, isStudent } = model, final = plan === "fullRun" || isStudent;
  return { ...drawn, sentence: sentenceOf(request, drawn, unread), side: SIDE, categories, isRead, final };
}

function sentenceOf({ checkpoint, run, kind }, { calls, seconds }, unread) {
  const spent = { calls: counted(calls, "network call"), ms: Math.round(1000 * seconds) };
  const values = { name: checkpoint, steps: counted(run.steps, "step"), spent: fillIn(props.words.spent, spent) };
  return fillIn(props.words[kind], values) + (unread && fillIn(props.words.unread, { why: unread.replace(/\.$/, "") }));
}

// ---- showing

function makeCell(k) {
  const canvas = make("canvas"), bars = make("span", "bars");
  const cell = makeButton("", () => choose(k), canvas, bars);
  return { cell, bars, canvas };
}

const cells = Array.from({ length: props.sprites }, (_, k) => makeCell(k));
sprites.append(...cells.map(({ cell }) => cell));

const makeBar = () => make("i", "", make("b"));

function makeRow(name) {
  const track = make("div", "track", make("b"));
  return make(
    "tr", "",
    make("td", "name", name), make("td", "asked"), make("td", "bar", track), make("td", "share"),
  );
}

function layOut({ categories, isRead }) {
  cameOut.hidden = !isRead;
  say(find(".came-out p"), props.words.read);
  rows.replaceChildren(...categories.map(makeRow));
  for (const { bars } of cells) {
    bars.hidden = !isRead;
    bars.replaceChildren(...categories.map(makeBar));
  }
}

// An answer of another look needs other rows and bars.
const look = ({ categories, isRead }) => [isRead, ...categories].join();

function inWords(reading, categories) {
  const named = reading.map((p, k) => [p, categories[k]]).sort((a, b) => b[0] - a[0]);
  return named.slice(0, 2).map(([p, name]) => `${name} ${percent(p)}`).join(", ");
}

function drawBars({ bars }, reading) {
  const most = reading.indexOf(Math.max(...reading));
  [...bars.children].forEach((track, i) => {
    track.firstChild.style.transform = `scaleY(${reading[i]})`;
    track.className = i === most ? "most" : "";
  });
}

function drawReadings({ readings }) {
  cells.forEach((cell, k) => drawBars(cell, readings[k]));
  [...rows.children].forEach((row, i) => {
    const share = mean(readings.map((reading) => reading[i]));
    row.querySelector(".asked").textContent = (state.mix.weights[i] ?? 0).toFixed(2);
    row.querySelector("b").style.transform = `scaleX(${share})`;
    row.querySelector(".share").textContent = percent(share);
  });
}

function showNote(answer, final) {
  const failed = Boolean(answer.error);
  note.setAttribute("aria-live", final ? "polite" : "off");
  note.textContent = answer.error ?? `${answer.sentence}.`;
  note.classList.toggle("failed", failed);
  note.classList.toggle("final", final);
}

function show(answer, final) {
  showNote(answer, final);
  if (answer.error) return;
  if (!state.picture || look(state.picture) !== look(answer)) layOut(answer);
  state.picture = answer;
  cells.forEach(({ canvas }, k) => drawSprite(canvas, answer.pixels, answer.side, k));
  if (answer.isRead) drawReadings(answer);
  nameChosen();
  sprites.dataset.drawn = Number(sprites.dataset.drawn ?? 0) + 1;
  sprites.dataset.final = final;
}

// ---- one sprite

function nameChosen() {
  const { locked, chosen, picture } = state;
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
  state.chosen = k;
  nameChosen();
  tellServer();
}

lock.addEventListener("click", () => {
  const { locked, chosen } = state;
  if (!locked.delete(chosen)) locked.add(chosen);
  nameChosen();
  want();
});
keep.addEventListener("click", () => {
  tellServer();
  trigger("like");
});
offerSaving(wantedAsk);

// A mix that was given back brings the noise of each sprite.
function takeNoises() {
  if (!props.noises) return;
  const { seed, origins } = JSON.parse(props.noises);
  props.noises = "";   // so that the same ones can come again
  state.locked.clear();
  origins.slice(0, cells.length).forEach((origin, k) => {
    state.noises[k] = origin;
    if (origin[0] !== seed || origin[1] !== k) state.locked.add(k);
  });
  want();
}

document.addEventListener("mix", want);
watch("noises", takeNoises);
nameChosen();

// Nothing is asked before it is known who may draw.
async function begin() {
  state.device = await browserDevice();
  state.runs = state.device && await browserCode("mix_runs.js");
  state.pursuit = new Pursuit({
    quick: async () => await drawHere("quickRun") ?? askServer("draw"),
    full: async () => await drawHere("fullRun") ?? askServer("refine"),
    show,
    rests() {
      tellServer();
      state.device?.knock();
    },
  });
  want();
}
begin();
