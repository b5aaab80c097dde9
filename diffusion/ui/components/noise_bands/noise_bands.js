// Where the network is still wrong: the mean loss of recent examples, a bar for each band of their share of noise.
// value: JSON {bands: [{from, to, loss, unavoidable, untrained}]}, of LossSeries.value() or its bands alone, see
// training/history.py.

const BANDS = 10;
const LITTLE = 0.35, MUCH = 0.65;   // of noise
const NOT_YET = "The loss of recent steps, by how noisy the sprites were.";

const hundredths = (share) => Math.round(100 * share);
const range = ({ from, to }) => `${hundredths(from)}–\u2060${hundredths(to)}\u00a0%`;

// ---- the bars

function makeBar(i) {
  const loss = make("span", "loss"), room = make("div", "room", loss, make("div", "bar"), make("div", "unavoidable"));
  const share = make("div", "share", make("span", "", hundredths(i / BANDS)));
  if (i === BANDS - 1) share.append(make("span", "", 100));
  return { item: make("li", "", room, share), room, loss };
}

const bars = Array.from({ length: BANDS }, (_, i) => makeBar(i));
find(".bands").append(...bars.map(({ item }) => item));

const unknown = (i) => ({ from: i / BANDS, to: (i + 1) / BANDS, loss: null, unavoidable: null, untrained: null });

// The part of a loss that nobody can avoid; what is known of it is a mean over some examples, and may pass the loss.
const floorOf = ({ loss, unavoidable }) => Math.min(unavoidable ?? 0, loss ?? 0);

const left = (band) => band.loss - floorOf(band);

// top: the loss of a bar as high as its room.
function showBand({ item, room, loss }, band, top) {
  const now = band.loss ?? "not known yet", before = band.untrained ?? "not known";
  const title = `${range(band)} noise: loss ${now}, of it unavoidable ${floorOf(band)}, untrained ${before}`;
  say(loss, band.loss === null ? "–" : band.loss.toFixed(2));
  room.style.setProperty("--height", (band.loss ?? 0) / top);
  room.style.setProperty("--unavoidable", floorOf(band) / top);
  if (item.title !== title) item.title = title;
}

// ---- the sentence above them

function amount({ from, to }) {
  if (to <= LITTLE) return "little";
  return from >= MUCH ? "much" : "some";
}

function sentence(known) {
  if (!known.length) return NOT_YET;
  const ordered = [...known].sort((a, b) => left(b) - left(a)), [worst, best] = [ordered[0], ordered.at(-1)];
  const most = `Most is left to learn with ${amount(worst)} noise (${range(worst)})`;
  return `${most}, least with ${amount(best)} (${range(best)}).${beforehand(known)}`;
}

function beforehand(known) {
  const losses = known.map(({ untrained }) => untrained).filter((loss) => loss !== null);
  if (!losses.length) return "";
  const [low, high] = [Math.min(...losses), Math.max(...losses)].map((loss) => loss.toPrecision(2));
  return ` Untrained: ${low} to ${high}.`;
}

function show(series) {
  const bands = series?.bands ?? [], known = bands.filter(({ loss }) => loss !== null);
  const most = Math.max(0, ...known.map(({ loss }) => loss)), top = most ? roundUp(most, LADDER) : 1;
  bars.forEach((bar, i) => showBand(bar, bands[i] ?? unknown(i), top));
  say(find(".sentence"), sentence(known));
}

followTraining("bands", show);
offerRecorded(() => !props.value, show, () => {});
