// The frontier: FSD against network calls, both on log scales, a line for each sampler and single points for students.
// Its value is {points: [{kind, title, calls, steps, guidance, fsd, accuracy, picture, now}], n, floor, real, machine,
// notice}; a point's picture is a PNG of its first sprites, so that choosing one asks nobody.

const NAMES = { ddpm: "DDPM", ddim: "DDIM", dpmpp_2m: "DPM-Solver++", unipc: "UniPC", student: "Students" };
const SHORT = { ...NAMES, dpmpp_2m: "DPM++" };   // on a phone
const NARROW = 560, NAME_HEIGHT = 21, NAME_ROOM = 174, SHORT_ROOM = 74, LEFT_ROOM = 64, SHORT_LEFT = 48;
const TOP = 24, BOTTOM = 58, SIZE = 7, REACH = 40;
const CALL_TICKS = [1, 2, 5], FSD_TICKS = [1, 1.5, 2, 3, 4, 5, 7];   // times a power of ten

const plot = find(".plot"), seen = find(".seen");

let value = { points: [] }, spots = [], chosen = [], scale = null;

const svg = (tag, attributes = {}, text = "") => {
  const node = document.createElementNS(plot.namespaceURI, tag);
  for (const [name, content] of Object.entries(attributes)) node.setAttribute(name, content);
  node.textContent = text;
  return node;
};

// A shape for each kind, so that nothing hangs on colour alone.
function mark(kind, x, y, size = SIZE) {
  if (kind === "ddpm") return svg("circle", { class: "point", cx: x, cy: y, r: size });
  const corners = {
    ddim: [[0, -1.25], [1.15, 0.85], [-1.15, 0.85]],
    dpmpp_2m: [[-0.95, -0.95], [0.95, -0.95], [0.95, 0.95], [-0.95, 0.95]],
    unipc: [[0, 1.25], [1.15, -0.85], [-1.15, -0.85]],
    student: [[0, -1.35], [1.35, 0], [0, 1.35], [-1.35, 0]],
  }[kind];
  return svg("polygon", { class: "point", points: corners.map(([dx, dy]) => `${x + dx * size},${y + dy * size}`).join(" ") });
}

// Such as 1, 2, 5, 10, 20, ... from just below the least to just above the greatest.
function ticks(of, least, greatest) {
  const all = [];
  for (let power = -2; power < 7; power++) all.push(...of.map((tick) => tick * 10 ** power));
  const from = all.findLastIndex((tick) => tick <= least), to = all.findIndex((tick) => tick >= greatest);
  return all.slice(from, to + 1);
}

function makeScale(width, height) {
  const narrow = width < NARROW, left = narrow ? SHORT_LEFT : LEFT_ROOM;
  const right = width - (narrow ? SHORT_ROOM : NAME_ROOM);   // beside it stand the names
  const calls = value.points.map((point) => point.calls), fsd = value.points.map((point) => point.fsd);
  const xs = ticks(CALL_TICKS, Math.min(...calls), Math.max(...calls));
  const ys = ticks(FSD_TICKS, Math.min(value.floor, ...fsd) * 0.98, Math.max(...fsd) * 1.02);
  const share = (tick, all) => Math.log(tick / all[0]) / Math.log(all.at(-1) / all[0]);
  return {
    xs, ys, left, right, narrow,
    x: (calls) => left + 10 + share(calls, xs) * (right - left - 20),
    y: (distance) => height - BOTTOM - share(distance, ys) * (height - TOP - BOTTOM),
  };
}

function drawAxes(width, height) {
  const { xs, ys, x, y, left, right, narrow } = scale;
  const tick = (number) => (number >= 1000 ? `${number / 1000}k` : `${+number.toPrecision(2)}`);
  for (const calls of xs) {
    plot.append(svg("line", { class: "grid", x1: x(calls), x2: x(calls), y1: TOP, y2: height - BOTTOM }));
    const one = /^1/.test(`${calls}`);
    if (!narrow || one || xs.length < 6) plot.append(svg("text", { x: x(calls), y: height - BOTTOM + 20, "text-anchor": "middle" }, tick(calls)));
  }
  for (const distance of ys) {
    plot.append(svg("line", { class: "grid", x1: left, x2: right, y1: y(distance), y2: y(distance) }));
    plot.append(svg("text", { x: left - 8, y: y(distance) + 5, "text-anchor": "end" }, tick(distance)));
  }
  const below = "network calls a sprite (logarithmic)";
  plot.append(svg("text", { x: (left + right) / 2, y: height - 12, "text-anchor": "middle" }, below));
  const side = svg("text", { transform: `translate(${narrow ? 13 : 18} ${(TOP + height - BOTTOM) / 2}) rotate(-90)`, "text-anchor": "middle" });
  side.textContent = "FSD: lower is better";
  plot.append(side);
  const floor = y(value.floor);
  plot.append(svg("line", { class: "floor", x1: left, x2: right, y1: floor, y2: floor }));
  const name = svg("text", { class: "floor-name", x: right - 8, y: floor - 8, "text-anchor": "end" });
  name.textContent = `floor${narrow ? "" : ", real sprites:"} ${value.floor.toFixed(2)}`;
  plot.append(name);
}

function drawPoints() {
  spots = [];
  const ends = [];
  for (const kind of Object.keys(NAMES)) {
    const all = value.points.filter((point) => point.kind === kind).sort((a, b) => a.calls - b.calls);
    const stored = all.filter((point) => !point.now);
    if (!all.length) continue;
    const group = svg("g", { class: kind, role: "group", "aria-label": NAMES[kind] });
    const path = stored.map((point) => `${scale.x(point.calls)} ${scale.y(point.fsd)}`).join("L");
    if (kind !== "student" && stored.length > 1) group.append(svg("path", { class: "line", d: `M${path}` }));
    plot.append(group);
    for (const point of all) addSpot(group, point);
    ends.push({ group, kind, point: (stored.length ? stored : all).at(kind === "student" ? 0 : -1) });
  }
  nameLines(ends);
}

function addSpot(group, point) {
  const x = scale.x(point.calls), y = scale.y(point.fsd);
  const label = `${point.title}: ${point.calls} calls, FSD ${point.fsd.toFixed(2)}`;
  const node = svg("g", { class: point.now ? "spot now" : "spot", role: "button", tabindex: "-1", "aria-label": label });
  node.append(svg("circle", { class: "ring", cx: x, cy: y, r: SIZE + 6 }), mark(point.kind, x, y));
  node.addEventListener("focus", () => choose(spots.find((spot) => spot.node === node)));
  group.append(node);
  spots.push({ point, node, x, y });
}

// The name of each line at its right end, moved apart where lines meet; that of the students above the first of them.
function nameLines(ends) {
  const { narrow } = scale, names = narrow ? SHORT : NAMES;
  const at = ({ point }) => ({ x: scale.x(point.calls), y: scale.y(point.fsd) });
  let next = TOP;
  for (const end of ends.filter(({ kind }) => kind !== "student").sort((a, b) => at(a).y - at(b).y)) {
    const { x, y } = at(end), below = Math.max(next, y);
    next = below + NAME_HEIGHT;
    end.group.append(svg("line", { class: "lead", x1: x + 9, y1: y, x2: scale.right + 6, y2: below }));
    end.group.append(svg("text", { class: "name", x: scale.right + 10, y: below + 6 }, names[end.kind]));
  }
  for (const end of ends.filter(({ kind }) => kind === "student")) {
    const { x, y } = at(end);
    end.group.append(svg("text", { class: "name", x: narrow ? x - 10 : x + 14, y: narrow ? y + 26 : y - 10 }, names.student));
  }
}

// The last two that were chosen stand side by side: the same seeds, so they can be compared.
function choose(spot) {
  if (!spot) return;
  const same = (point) => point.title === spot.point.title && point.now === spot.point.now;
  if (!chosen.length || !same(chosen.at(-1))) chosen = [...chosen, spot.point].slice(-2);
  mirror();
}

function mirror() {
  for (const { point, node } of spots) {
    const last = point === chosen.at(-1);
    node.classList.toggle("chosen", chosen.includes(point));
    node.setAttribute("tabindex", last ? "0" : "-1");
  }
  seen.replaceChildren(...[...chosen].reverse().map(picture));
}

function picture(point) {
  const figure = document.createElement("figure"), image = document.createElement("img");
  const caption = document.createElement("figcaption"), title = document.createElement("strong");
  figure.className = point.kind;
  image.src = `data:image/png;base64,${point.picture}`;
  image.alt = `16 sprites by ${point.title}`;
  title.textContent = point.title;
  const times = (point.fsd / value.floor).toFixed(1), right = (100 * point.accuracy).toFixed(1);
  caption.append(title, `: ${point.calls} network calls a sprite, guidance ${point.guidance}. FSD ${point.fsd.toFixed(2)}, ` +
    `${times} times the floor; ${right} % show the asked category.${point.now ? " Measured just now." : ""}`);
  figure.append(image, caption);
  return figure;
}

function drawTable() {
  const head = ["run", "network calls", "guidance", `FSD (real: ${value.floor?.toFixed(2)})`, "asked category comes out"];
  const rows = value.points.map((point) =>
    [point.title, point.calls, point.guidance, point.fsd.toFixed(2), `${(100 * point.accuracy).toFixed(1)} %`]);
  find("table").replaceChildren(...[head, ...rows].map((cells, i) => {
    const row = document.createElement("tr");
    row.append(...cells.map((text) => {
      const cell = document.createElement(i ? "td" : "th");
      cell.textContent = text;
      return cell;
    }));
    return row;
  }));
}

function draw() {
  const { width, height } = plot.getBoundingClientRect();
  if (!width || !value.points.length) return;
  plot.replaceChildren();
  scale = makeScale(width, height);
  drawAxes(width, height);
  drawPoints();
  mirror();
}

function show(given) {
  const before = chosen.map((point) => point.title);
  value = given;
  const there = value.points.length > 0;
  find(".board").hidden = find("details").hidden = find(".about").hidden = !there;
  find(".notice").hidden = !value.notice;
  find(".notice").textContent = value.notice;
  chosen = value.points.filter((point) => before.includes(point.title)).slice(0, 2);
  if (!there) return;
  if (!chosen.length) chosen = usual();
  find(".about").textContent = `Each point: ${value.n.toLocaleString("en")} sprites of the same seeds, compared with real ones, on ` +
    `${value.machine}. FSD grows when fewer sprites are compared, so only points of as many stand here. A guided step takes ` +
    `two calls. Choose a point to see its first 16 sprites.`;
  drawTable();
  draw();
}

// To begin with: few steps of DDPM beside as many of another.
function usual() {
  const of = (kind) => value.points.filter((point) => point.kind === kind).sort((a, b) => a.calls - b.calls);
  const [few] = of("ddpm"), [other] = of("unipc");
  return [other, few].filter(Boolean);
}

plot.addEventListener("click", (event) => {
  const box = plot.getBoundingClientRect(), x = event.clientX - box.left, y = event.clientY - box.top;
  const away = (spot) => Math.hypot(spot.x - x, spot.y - y);
  const nearest = spots.reduce((best, spot) => (away(spot) < away(best) ? spot : best), spots[0]);
  if (nearest && away(nearest) < REACH) nearest.node.focus();
});

// Left and right go along a line, up and down to the next point of another.
plot.addEventListener("keydown", (event) => {
  const here = spots.find((spot) => spot.node === event.target);
  if (!here || !event.key.startsWith("Arrow")) return;
  event.preventDefault();
  const along = event.key === "ArrowLeft" || event.key === "ArrowRight", sign = /Right|Down/.test(event.key) ? 1 : -1;
  const line = spots.filter((spot) => (spot.point.kind === here.point.kind) === along);
  const ahead = line.filter((spot) => (along ? sign * (line.indexOf(spot) - line.indexOf(here)) : sign * (spot.y - here.y)) > 0);
  const away = (spot) => (along ? Math.abs(line.indexOf(spot) - line.indexOf(here)) : Math.hypot(spot.x - here.x, spot.y - here.y));
  ahead.sort((a, b) => away(a) - away(b))[0]?.node.focus();
});

new ResizeObserver(() => requestAnimationFrame(draw)).observe(plot);
const refresh = () => props.value && show(JSON.parse(props.value));
refresh();
watch("value", refresh);
