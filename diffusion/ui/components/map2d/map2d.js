// A map of mixes: a triangle or a square whose corners are mixes; the point between them is dragged.
// corners: JSON [{name, weights}], three or four; value: JSON of the weights at the point.

const PLACES = { 3: [[0.5, 0], [0, 1], [1, 1]], 4: [[0, 0], [1, 0], [0, 1], [1, 1]] };
const STEP = 0.05;   // of an arrow key

const area = find(".area"), dot = find(".point");

const state = {
  corners: [],        // {name, weights}
  places: [],         // [x, y] of each corner, 0..1
  point: [0.5, 0.5],
};

// How much of each corner there is at (x, y): barycentric in the triangle, bilinear in the square.
function sharesAt(x, y) {
  if (state.places.length === 4) return [(1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y];
  const inside = [1 - y, (y + 1) / 2 - x, x - (1 - y) / 2].map((share) => Math.max(0, share));
  const all = inside.reduce((a, b) => a + b);
  return inside.map((share) => share / all);
}

const mixed = (shares, values) => shares.reduce((sum, share, i) => sum + share * values[i], 0);

function place(node, [x, y]) {
  node.style.left = `${100 * x}%`;
  node.style.top = `${100 * y}%`;
}

function moveTo(x, y) {
  const shares = sharesAt(clamp(x), clamp(y));
  // Within the triangle, whatever the pointer does.
  state.point = [0, 1].map((axis) => mixed(shares, state.places.map((corner) => corner[axis])));
  place(dot, state.point);
  find(".place").textContent = state.corners.map(({ name }, i) => `${percent(shares[i])} ${name}`).join(", ");
  return shares;
}

function go(x, y) {
  const { corners } = state;
  if (!corners.length) return;
  const shares = moveTo(x, y);
  const weights = corners[0].weights.map((_, k) => mixed(shares, corners.map((corner) => corner.weights[k])));
  props.value = JSON.stringify(weights.map((weight) => Math.round(100 * weight) / 100));
  trigger("input");
}

function makeCorner({ name }, i) {
  const corner = state.places[i], label = make("span", `corner ${corner[1] ? "below" : "above"}`, name);
  place(label, corner);
  return label;
}

function layOut(corners) {
  state.corners = corners ?? [];
  if (!corners?.length) return;
  state.places = PLACES[corners.length];
  const outline = corners.length === 3 ? state.places : [0, 1, 3, 2].map((i) => state.places[i]);
  find("polygon").setAttribute("points", outline.map(([x, y]) => `${100 * x},${100 * y}`).join(" "));
  for (const old of findAll(".corner")) old.remove();
  area.append(...corners.map(makeCorner));
  moveTo(...state.point);
}

onDrag(area, go);
area.addEventListener("keydown", (event) => {
  if (!(event.key in ARROWS)) return;
  event.preventDefault();
  const [dx, dy] = ARROWS[event.key], [x, y] = state.point;
  go(x + STEP * dx, y + STEP * dy);
});
follow("corners", layOut);
