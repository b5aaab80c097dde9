// The frontier: FSD against network calls, both on log scales, a line for each sampler and single points for students.
// It is fetched whenever the plot is shown, and when the value changes: {points: [{kind, title, calls, steps, guidance,
// fsd, beside, picture, now}], n, floor, spread, draws, columns, beside_real, machine, notice}; what stands beside an
// FSD is text, a cell for each of the columns; a point's picture is a PNG of its first sprites, so that choosing one
// asks nobody.

// props.kinds: {name: {title, short, mark}}, a kind of line each; its colour is --kind inside whatever bears its name.
const NARROW = 560, NAME_HEIGHT = 21, NAME_ROOM = 174, SHORT_ROOM = 74, LEFT_ROOM = 64, SHORT_LEFT = 48;
const TOP = 24, BOTTOM = 58, SIZE = 7, REACH = 40, MOST_CALL_TICKS = 5;
const CALL_TICKS = [1, 2, 5], FSD_TICKS = [1, 1.5, 2, 3, 4, 5, 7];   // times a power of ten
const CORNERS = {   // of marks that are no circle
  "▲": [[0, -1.25], [1.15, 0.85], [-1.15, 0.85]],
  "■": [[-0.95, -0.95], [0.95, -0.95], [0.95, 0.95], [-0.95, 0.95]],
  "▼": [[0, 1.25], [1.15, -0.85], [-1.15, -0.85]],
  "✚": [[-0.4, -1.25], [0.4, -1.25], [0.4, -0.4], [1.25, -0.4], [1.25, 0.4], [0.4, 0.4], [0.4, 1.25], [-0.4, 1.25],
    [-0.4, 0.4], [-1.25, 0.4], [-1.25, -0.4], [-0.4, -0.4]],
  "◆": [[0, -1.35], [1.35, 0], [0, 1.35], [-1.35, 0]],
};
const { kinds } = props;

const plot = find(".plot"), seen = find(".seen");

const state = {
  value: { points: [] },
  scale: null,   // where numbers stand in the plot, see makeScale
  spots: [],     // {point, node, x, y}: the points as they are drawn
  chosen: [],    // the last two points that were chosen
};

const ofKind = (kind) => state.value.points.filter((point) => point.kind === kind).sort((a, b) => a.calls - b.calls);

// ---- scale and axes

// Such as 1, 2, 5, 10, 20, ... from just below the least to just above the greatest.
function ticks(of, least, greatest) {
  const powers = Array.from({ length: 9 }, (_, i) => 10 ** (i - 2));
  const all = powers.flatMap((power) => of.map((tick) => tick * power));
  const from = all.findLastIndex((tick) => tick <= least), to = all.findIndex((tick) => tick >= greatest);
  return all.slice(from, to + 1);
}

function makeScale(width, height) {
  const { points, floor } = state.value, of = (name) => points.map((point) => point[name]);
  const calls = of("calls"), fsd = of("fsd");
  const narrow = width < NARROW, left = narrow ? SHORT_LEFT : LEFT_ROOM;
  const right = width - (narrow ? SHORT_ROOM : NAME_ROOM);   // beside it stand the names
  const foot = height - BOTTOM;
  const xs = ticks(CALL_TICKS, Math.min(...calls), Math.max(...calls));
  const ys = ticks(FSD_TICKS, Math.min(floor, ...fsd) * 0.98, Math.max(...fsd) * 1.02);
  const share = (tick, all) => Math.log(tick / all[0]) / Math.log(all.at(-1) / all[0]);
  return {
    xs, ys, left, right, narrow, foot, height,
    x: (calls) => left + 10 + share(calls, xs) * (right - left - 20),
    y: (distance) => foot - share(distance, ys) * (foot - TOP),
  };
}

const makeLine = (name, x1, y1, x2, y2) => makeSvg("line", { class: name, x1, x2, y1, y2 });

function write(text, x, y, anchor, more = {}) {
  plot.append(makeSvg("text", { x, y, "text-anchor": anchor, ...more }, text));
}

const shortly = (number) => (number >= 1000 ? `${number / 1000}k` : `${+number.toPrecision(2)}`);

function drawCallTicks({ xs, x, foot, narrow }) {
  for (const calls of xs) {
    plot.append(makeLine("grid", x(calls), TOP, x(calls), foot));
    const fits = !narrow || /^1/.test(`${calls}`) || xs.length <= MOST_CALL_TICKS;
    if (fits) write(shortly(calls), x(calls), foot + 20, "middle");
  }
}

function drawFsdTicks({ ys, y, left, right }) {
  for (const distance of ys) {
    plot.append(makeLine("grid", left, y(distance), right, y(distance)));
    write(shortly(distance), left - 8, y(distance) + 5, "end");
  }
}

function nameAxes({ left, right, foot, height, narrow }) {
  write("network calls a sprite (logarithmic)", (left + right) / 2, height - 12, "middle");
  const transform = `translate(${narrow ? 13 : 18} ${(TOP + foot) / 2}) rotate(-90)`;
  plot.append(makeSvg("text", { transform, "text-anchor": "middle" }, "FSD: lower is better"));
}

const realText = () => `${state.value.floor.toFixed(2)} ± ${state.value.spread.toFixed(2)}`;

function drawFloor({ y, left, right, narrow }) {
  const { floor } = state.value, name = `floor${narrow ? "" : ", real sprites:"} ${realText()}`;
  plot.append(makeLine("floor", left, y(floor), right, y(floor)));
  write(name, left + 8, y(floor) + 15, "start", { class: "floor-name" });   // below it: no line goes there
}

// ---- points

// A shape for each kind, so that nothing hangs on colour alone.
function makeMark(kind, x, y) {
  const corners = CORNERS[kinds[kind].mark];
  if (!corners) return makeSvg("circle", { class: "point", cx: x, cy: y, r: SIZE });
  const points = corners.map(([dx, dy]) => `${x + dx * SIZE},${y + dy * SIZE}`).join(" ");
  return makeSvg("polygon", { class: "point", points });
}

function drawPoints() {
  state.spots = [];
  const ends = [];
  for (const kind of Object.keys(kinds)) {
    const all = ofKind(kind), stored = all.filter((point) => !point.now);
    if (!all.length) continue;
    const group = makeSvg("g", { class: kind, role: "group", "aria-label": kinds[kind].title });
    const spots = all.map(makeSpot);
    if (kind !== "student" && stored.length > 1) group.append(makePath(stored));
    group.append(...spots.map(({ node }) => node));
    plot.append(group);
    state.spots.push(...spots);
    ends.push({ group, kind, point: (stored.length ? stored : all).at(kind === "student" ? 0 : -1) });
  }
  nameLines(ends);
}

function makePath(points) {
  const { x, y } = state.scale;
  return makeSvg("path", { class: "line", d: `M${points.map(({ calls, fsd }) => `${x(calls)} ${y(fsd)}`).join("L")}` });
}

function makeSpot(point) {
  const x = state.scale.x(point.calls), y = state.scale.y(point.fsd);
  const label = `${point.title}: ${point.calls} calls, FSD ${point.fsd.toFixed(2)}`;
  const looks = { class: point.now ? "spot now" : "spot", role: "button", tabindex: "-1", "aria-label": label };
  const node = makeSvg("g", looks);
  node.append(makeSvg("circle", { class: "ring", cx: x, cy: y, r: SIZE + 6 }), makeMark(point.kind, x, y));
  node.addEventListener("focus", () => choose(point));
  return { point, node, x, y };
}

// The name of each line at its right end, moved apart where lines meet; that of the students above the first of them.
function nameLines(ends) {
  const { scale } = state, { narrow, right, foot } = scale;
  const nameOf = (kind) => (narrow ? kinds[kind].short : kinds[kind].title);
  const placed = ends.map((end) => ({ ...end, x: scale.x(end.point.calls), y: scale.y(end.point.fsd) }));
  const makeName = (kind, x, y) => makeSvg("text", { class: "name", x, y }, nameOf(kind));
  const beside = placed.filter(({ kind }) => kind !== "student").sort((a, b) => a.y - b.y);
  let next = TOP;
  for (const [i, { kind, group, x, y }] of beside.entries()) {
    const lowest = foot - NAME_HEIGHT * (beside.length - 1 - i);   // so that those below stay above the axis
    const height = Math.min(Math.max(next, y), lowest);
    next = height + NAME_HEIGHT;
    group.append(makeLine("lead", x + 9, y, right + 6, height), makeName(kind, right + 10, height + 6));
  }
  for (const { kind, group, x, y } of placed.filter(({ kind }) => kind === "student")) {
    group.append(makeName(kind, narrow ? x - 10 : x + 14, narrow ? y + 26 : y - 10));
  }
}

// ---- choosing: the last two stand side by side, of the same seeds, so they can be compared

function choose(point) {
  const last = state.chosen.at(-1), same = last?.title === point.title && last.now === point.now;
  if (!same) state.chosen = [...state.chosen, point].slice(-2);
  showChosen();
}

function showChosen() {
  const { spots, chosen } = state;
  for (const { point, node } of spots) {
    node.classList.toggle("chosen", chosen.includes(point));
    node.setAttribute("tabindex", point === chosen.at(-1) ? "0" : "-1");
  }
  seen.replaceChildren(...[...chosen].reverse().map(makePicture));
}

function makePicture({ kind, title, calls, guidance, fsd, beside, picture, now }) {
  const image = make("img"), { floor, columns, beside_real: real } = state.value, times = (fsd / floor).toFixed(1);
  image.src = `data:image/png;base64,${picture}`;
  image.alt = `16 sprites by ${title}`;
  const others = columns.map((name, i) => `${name} ${beside[i]} (real ${real[i]})`).join(", ");
  const facts = `: ${calls} network calls a sprite, guidance ${guidance}. FSD ${fsd.toFixed(2)}, ${times} times the ` +
    `floor; ${others}.${now ? " Measured just now." : ""}`;
  return make("figure", kind, image, make("figcaption", "", make("strong", "", title), facts));
}

// To begin with: few steps of DDPM beside as many of another.
function usual() {
  const [few] = ofKind("ddpm"), [other] = ofKind("sa_solver");
  return [other, few].filter(Boolean);
}

// ---- all of it

function drawTable() {
  const { points, columns, beside_real: real } = state.value;
  const head = ["run", "network calls", "guidance", "FSD", ...columns];
  const rows = points.map(({ title, calls, guidance, fsd, beside }) =>
    [title, calls, guidance, fsd.toFixed(2), ...beside]);
  rows.unshift(["real sprites", "", "", realText(), ...real]);
  const makeRow = (tag, cells) => make("tr", "", ...cells.map((text) => make(tag, "", text)));
  find("table").replaceChildren(makeRow("th", head), ...rows.map((row) => makeRow("td", row)));
}

function draw() {
  const { width, height } = plot.getBoundingClientRect();
  if (!width || !state.value.points.length) return;
  state.scale = makeScale(width, height);
  plot.replaceChildren();
  for (const drawPart of [drawCallTicks, drawFsdTicks, nameAxes, drawFloor]) drawPart(state.scale);
  drawPoints();
  showChosen();
}

function about({ n, draws, machine }) {
  return `Each point: ${count(n)} sprites of the same seeds, compared with real ones, on ${machine}. The floor is ` +
    `what as many real sprites get, with its standard deviation over ${draws} draws of them. FSD grows when ` +
    `fewer sprites are compared, so only points of as many stand here. A guided step takes two calls. Choose a point ` +
    `to see its first 16 sprites.`;
}

function show(value) {
  const { points, notice } = value, before = state.chosen.map((point) => point.title), there = points.length > 0;
  state.value = value;
  state.chosen = points.filter((point) => before.includes(point.title)).slice(0, 2);
  find(".board").hidden = find("details").hidden = find(".about").hidden = !there;
  find(".notice").hidden = !notice;
  find(".notice").textContent = notice;
  if (!there) return;
  if (!state.chosen.length) state.chosen = usual();
  find(".about").textContent = about(value);
  drawTable();
  draw();
}

// ---- what the learner does

const nearest = (spots, away) => [...spots].sort((a, b) => away(a) - away(b))[0];

plot.addEventListener("click", (event) => {
  const box = plot.getBoundingClientRect(), x = event.clientX - box.left, y = event.clientY - box.top;
  const away = (spot) => Math.hypot(spot.x - x, spot.y - y), spot = nearest(state.spots, away);
  if (spot && away(spot) < REACH) spot.node.focus();
});

// Left and right go along a line, up and down to the next point of another.
plot.addEventListener("keydown", (event) => {
  const here = state.spots.find((spot) => spot.node === event.target);
  if (!here || !(event.key in ARROWS)) return;
  event.preventDefault();
  const [right, down] = ARROWS[event.key];
  (right ? alongLine(here, right) : toAnother(here, down))?.node.focus();
});

function alongLine(here, right) {
  const line = state.spots.filter(({ point }) => point.kind === here.point.kind);
  return line[line.indexOf(here) + right];
}

function toAnother(here, down) {
  const ahead = state.spots.filter(({ point, y }) => point.kind !== here.point.kind && down * (y - here.y) > 0);
  return nearest(ahead, (spot) => Math.hypot(spot.x - here.x, spot.y - here.y));
}

new ResizeObserver(() => requestAnimationFrame(draw)).observe(plot);
// Points that stand there already stay where the server is silent.
async function load() {
  const value = await fetched(props.recorded);
  if (!value.error) show(value);
  else if (!state.value.points.length) show({ points: [], notice: value.error });
}

whenSeen(load);
watch("value", load);
