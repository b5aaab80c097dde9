// The picture of the Context tab: sprites that follow the mix, each with the judge's reading.
// The mix comes as `document.mix`, see mix_push.js. It is followed as following.js says.
// value, words: see following.js; noises: JSON {seed, origins: [[seed, index], ...]}, from a mix that was given back.

const sprites = find(".sprites"), cameOut = find(".came-out"), rows = find("tbody");
const lock = find(".lock"), keep = find(".keep"), chosenText = find(".chosen");

const following = new Following("mix", show);
const state = {
  mix: null,
  noises: [],          // [seed, index] of each sprite
  locked: new Set(),   // the sprites that keep theirs
  picture: null,       // the last answer that was no error
};

// ---- asking

function noiseOf(k) {
  return state.locked.has(k) ? state.noises[k] : [state.mix.seed, k];
}

function want() {
  state.mix = document.mix ?? state.mix;
  if (!state.mix || !following.hasBegun) return;
  state.noises = cells.map((_, k) => noiseOf(k));
  following.want({ ...state.mix, origins: state.noises });
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
  readings.forEach((reading, k) => drawBars(cells[k], reading));
  [...rows.children].forEach((row, i) => {
    const share = mean(Object.values(readings).map((reading) => reading[i]));   // some may never have been drawn
    row.querySelector(".asked").textContent = (state.mix.weights[i] ?? 0).toFixed(2);
    row.querySelector("b").style.transform = `scaleX(${share})`;
    row.querySelector(".share").textContent = percent(share);
  });
}

function show(answer, final) {
  if (!state.picture || look(state.picture) !== look(answer)) layOut(answer);
  state.picture = answer;
  for (const k of answer.which) drawSprite(cells[k].canvas, answer.pixels, SIDE, k);
  if (answer.isRead) drawReadings(answer);
  nameChosen();
  sprites.dataset.drawn = Number(sprites.dataset.drawn ?? 0) + 1;
  sprites.dataset.final = final;
}

// ---- one sprite

function nameChosen() {
  const { locked, picture } = state, { chosen } = following;
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
  following.choose(k);
  nameChosen();
}

lock.addEventListener("click", () => {
  const { locked } = state, { chosen } = following;
  if (!locked.delete(chosen)) locked.add(chosen);
  nameChosen();
  want();
});
keep.addEventListener("click", () => {
  following.tellServer();
  trigger("like");
});
offerSaving(() => following.ask);

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
onSlide("weight-", "mix", (weight, { weights }, k) => ({ weights: replaced(weights, k, weight) }));
onSlide("mix-guidance", "mix", (guidance) => ({ guidance }));
watch("noises", takeNoises);
nameChosen();
following.begin("mix_runs.js", want);
