// A map of mixes: a triangle or a square whose corners are mixes; the point between them is dragged.
// corners: JSON [{name, weights}], three or four; value: JSON of the weights at the point.

const PLACES = { 3: [[0.5, 0], [0, 1], [1, 1]], 4: [[0, 0], [1, 0], [0, 1], [1, 1]] };
const STEP = 0.05;
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const area = find(".area"), dot = find(".point");
let corners = [], places = [], point = [0.5, 0.5];

const clamp = (x) => Math.max(0, Math.min(1, x));

// How much of each corner there is at (x, y): barycentric in the triangle, bilinear in the square.
function sharesAt(x, y) {
  if (places.length === 4) return [(1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y];
  const inside = [1 - y, (y + 1) / 2 - x, x - (1 - y) / 2].map((share) => Math.max(0, share));
  const all = inside.reduce((a, b) => a + b);
  return inside.map((share) => share / all);
}

const mixed = (shares, values) => shares.reduce((sum, share, i) => sum + share * values[i], 0);

function moveTo(x, y) {
  const shares = sharesAt(clamp(x), clamp(y));
  point = [0, 1].map((axis) => mixed(shares, places.map((place) => place[axis])));   // within the triangle
  dot.style.left = `${100 * point[0]}%`;
  dot.style.top = `${100 * point[1]}%`;
  find(".place").textContent = corners.map(({ name }, i) => `${Math.round(100 * shares[i])} % ${name}`).join(", ");
  return shares;
}

function go(x, y) {
  if (!corners.length) return;
  const shares = moveTo(x, y);
  const weights = corners[0].weights.map((_, k) => mixed(shares, corners.map((corner) => corner.weights[k])));
  props.value = JSON.stringify(weights.map((weight) => Math.round(100 * weight) / 100));
  trigger("input");
}

function goUnder(event) {
  const box = area.getBoundingClientRect();
  go((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
}

function layOut() {
  corners = props.corners ? JSON.parse(props.corners) : [];
  if (!corners.length) return;
  places = PLACES[corners.length];
  const outline = corners.length === 3 ? places : [0, 1, 3, 2].map((i) => places[i]);
  find("polygon").setAttribute("points", outline.map(([x, y]) => `${100 * x},${100 * y}`).join(" "));
  for (const old of area.querySelectorAll(".corner")) old.remove();
  corners.forEach(({ name }, i) => {
    const label = document.createElement("span"), [x, y] = places[i];
    label.className = `corner ${y ? "below" : "above"}`;
    label.textContent = name;
    label.style.left = `${100 * x}%`;
    label.style.top = `${100 * y}%`;
    area.append(label);
  });
  moveTo(...point);
}

area.addEventListener("pointerdown", (event) => {
  area.setPointerCapture(event.pointerId);
  goUnder(event);
});
area.addEventListener("pointermove", (event) => event.buttons && goUnder(event));
area.addEventListener("keydown", (event) => {
  if (!(event.key in KEYS)) return;
  event.preventDefault();
  const [dx, dy] = KEYS[event.key];
  go(point[0] + STEP * dx, point[1] + STEP * dy);
});
watch("corners", layOut);
layOut();
