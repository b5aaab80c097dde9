// How one weighs x_t who knows the training sprites by heart, as events "thought" tell it, see dissolve.js.
// A thought: {t, by_heart, drawing, itself, categories, candidates, sprites, likeliest}, pictures as base64; itself is
// null for a drawing that is none of them.

const UNSEEN = "This drawing is not one of them: the guess by heart can never name it, yet a network may get it right.";

const chance = (p) => (p > 0 && p < 0.005 ? "<1 %" : percent(p));

function makeBar(label, p, className = "") {
  const filled = make("i");
  filled.style.width = `${100 * p}%`;
  return [make("span", className, label), make("div", "bar", filled), make("span", className, chance(p))];
}

function makeLikely({ pixels, p, name }) {
  const canvas = makeSprite(bytes(pixels), SIDE);
  canvas.title = name;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", name);
  return make("li", "", canvas, chance(p));
}

function doubt({ itself, candidates, sprites }) {
  const among = count(Math.max(1, Math.round(candidates))), known = itself === null ? UNSEEN : "";
  return `Still possible: about ${among} of ${count(sprites)} training sprites. ${known}`;
}

document.addEventListener("thought", ({ detail: thought }) => {
  find(".idle").hidden = true;
  find(".weighed").hidden = false;
  find(".thought").dataset.t = thought.t;
  drawSprite(find(".by-heart"), bytes(thought.by_heart), SIDE);
  find(".bars").replaceChildren(
    ...makeBar(`it is ${thought.drawing}`, thought.itself ?? 0, "itself"),
    ...Object.entries(thought.categories).flatMap(([name, p]) => makeBar(name, p)),
  );
  find(".doubt").textContent = doubt(thought);
  find(".likeliest").replaceChildren(...thought.likeliest.map(makeLikely));
});
