// A tour in lessons: a guess is made, the learner does it in the tab, the page itself sees that it happened, and tells
// why. It opens at an event "tour" of the document, or where the page's address names a lesson; where it stands this
// browser remembers.
// props.lessons: [{key, title, tab, question, choices, right, task, done, why}]; props.words: see words/tour.py.

const KEPT = "sprite-lab-tour";
const { lessons, words } = props, card = find(".tour");

// By what is to be done: the event of the document that may tell of it, and whether it does.
const DONE = {
  no_idea: ["thought", ({ state: thought }) => thought === "no idea"],
  two_runs: ["played", ({ player, lanes }) => player === "sample-player" && lanes === 2],
  learnt: ["learnt", ({ step }) => step > 0],
  hero_and_food: ["mix", () => document.mix.weights[0] === 1 && document.mix.weights[2] >= 0.5],
  raced: ["played", ({ player, lanes }) => player === "race-player" && lanes >= 2],
  path: ["played", ({ player }) => player === "path-player"],
};

const state = { k: 0, phase: "question", guess: null, ...JSON.parse(localStorage.getItem(KEPT) ?? "{}") };

function go(change) {
  Object.assign(state, change);
  localStorage.setItem(KEPT, JSON.stringify(state));
  show();
}

const lesson = () => lessons[state.k] ?? lessons[0];

const paragraph = (text, className = "") => make("p", className, text);

function actor(text, act, className = "on") {
  const button = makeButton("", act, text);
  button.className = className;
  return button;
}

const PHASES = {
  question() {
    const { question, choices } = lesson();
    const going = actor(words.guess, () => go({ phase: "task" }));
    going.disabled = state.guess === null;
    const options = choices.map((choice, i) => {
      const radio = Object.assign(make("input"), { type: "radio", name: "tour-guess", checked: state.guess === i });
      radio.addEventListener("change", () => go({ guess: i }));
      return make("label", "", radio, choice);
    });
    return [paragraph(question), make("fieldset", "", ...options), going];
  },

  task() {
    const { task, choices, tab } = lesson();
    press(`#tab-${tab}-button`);
    const told = paragraph(fillIn(words.guessed, { guess: choices[state.guess] }), "small");
    const skip = actor(words.skip, () => go({ phase: "why" }), "");
    return [told, paragraph(task), paragraph(words.waiting, "small"), skip];
  },

  why() {
    const { choices, right, why } = lesson(), isLast = state.k === lessons.length - 1;
    const guessed = { guess: choices[state.guess], right: choices[right] };
    const said = fillIn(state.guess === right ? words.right : words.wrong, guessed);
    const next = () => go({ k: isLast ? 0 : state.k + 1, phase: "question", guess: null });
    const verdict = make("p", "", make("strong", "", said));
    if (!isLast) return [verdict, paragraph(why, "why"), actor(words.next, next)];
    const href = new URL("lessons", document.baseURI);
    const sheet = Object.assign(make("a", "", words.print), { href, target: "_blank" });
    return [verdict, paragraph(why, "why"), paragraph(words.last), make("p", "", sheet), actor(words.again, next, "")];
  },
};

function show() {
  const { key, title } = lesson();
  card.hidden = false;
  find(".place").textContent = fillIn(words.place, { k: state.k + 1, n: lessons.length });
  find(".name").textContent = title;
  find(".body").replaceChildren(...PHASES[state.phase]());
  card.dataset.lesson = key;
  card.dataset.phase = state.phase;
  window.address?.keep("lesson", key);
}

function seen(name, detail) {
  const [event, isDone] = DONE[lesson().done];
  if (card.hidden || state.phase !== "task" || event !== name) return;
  if (isDone(detail)) go({ phase: "why" });
}

for (const name of new Set(Object.values(DONE).map(([event]) => event))) {
  document.addEventListener(name, ({ detail }) => seen(name, detail));
}
document.addEventListener("tour", show);
find(".close").addEventListener("click", () => {
  card.hidden = true;
  window.address?.keep("lesson", "");
});

const wanted = lessons.findIndex(({ key }) => key === window.address?.read("lesson"));
if (wanted >= 0) go(wanted === state.k ? {} : { k: wanted, phase: "question", guess: null });
