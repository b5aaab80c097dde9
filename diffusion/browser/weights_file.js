// A model as it comes to the page: safetensors with float16 or float32 weights, whose metadata hold its description.
// All of it is untrusted. WeightsError says in a sentence what is wrong.

const LONGEST_HEADER = 1_000_000;
const HALF_SIGN = 0x8000, HALF_EXPONENT = 0x7c00, HALF_FRACTION = 0x3ff;

export class WeightsError extends Error {}

// A model that was given up for newer ones: its file must be loaded again.
export class ForgottenError extends Error {}

const DAMAGED = "The weights came incomplete or damaged";
const NOT_FINITE = "The weights hold numbers that are not finite";

// {config, tensors}: the description, and {shape, data: Float32Array} by name.
export function readModel(buffer) {
  const { header, start } = readHeader(buffer);
  const { __metadata__: metadata, ...entries } = header;
  const tensors = {};
  for (const [name, entry] of Object.entries(entries)) tensors[name] = readTensor(buffer, start, entry);
  return { config: parsed(metadata?.model), tensors };
}

function readHeader(buffer) {
  if (buffer.byteLength < 8) throw new WeightsError(DAMAGED);
  const length = Number(new DataView(buffer).getBigUint64(0, true));
  if (length > LONGEST_HEADER || 8 + length > buffer.byteLength) throw new WeightsError(DAMAGED);
  return { header: parsed(new TextDecoder().decode(new Uint8Array(buffer, 8, length))), start: 8 + length };
}

function parsed(text) {
  try {
    const values = JSON.parse(text);
    if (values && typeof values === "object") return values;
  } catch { /* it is told below */ }
  throw new WeightsError(DAMAGED);
}

const READERS = { F16: [2, floatsOfHalves], F32: [4, (buffer) => new Float32Array(buffer)] };

function readTensor(buffer, start, { dtype, shape, data_offsets: offsets }) {
  const [size, read] = READERS[dtype] ?? [], [from, to] = offsets ?? [];
  const count = Array.isArray(shape) ? shape.reduce((product, side) => product * side, 1) : NaN;
  const fits = Number.isSafeInteger(from) && from >= 0 && to - from === count * size && start + to <= buffer.byteLength;
  if (!fits) throw new WeightsError(DAMAGED);
  const data = read(buffer.slice(start + from, start + to));
  if (!data.every(Number.isFinite)) throw new WeightsError(NOT_FINITE);
  return { shape, data };
}

// Sign, 5 bits of exponent, 10 of fraction, as float32: by their bits, and those below the normal ones by their value.
function floatsOfHalves(buffer) {
  const halves = new Uint16Array(buffer), floats = new Float32Array(halves.length);
  const bits = new Uint32Array(floats.buffer);
  for (let i = 0; i < halves.length; i++) {
    const half = halves[i], exponent = half & HALF_EXPONENT, sign = (half & HALF_SIGN) << 16;
    if (exponent === 0) floats[i] = (sign ? -1 : 1) * (half & HALF_FRACTION) * 2 ** -24;
    else if (exponent === HALF_EXPONENT) floats[i] = NaN;
    else bits[i] = sign | ((half & ~HALF_SIGN) + 0x1c000 << 13);
  }
  return floats;
}
