// Finished sprites brought back to the colours of the training sprites, as in diffusion/sprites/palette.py.

const NOISE = 0.12;   // left in a finished sprite: standard deviation of a pixel, in -1..1
const PASSES = 30;

// The colours of a palette, each [red, green, blue] in -1..1.
function coloursOf(palette) {
  return palette.split(" ").map((hex) => [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16) / 127.5 - 1));
}

// A sprite [3][pixels] with each pixel in the likeliest colour. The shares of the colours are those that make its own
// pixels likeliest, so a colour that it uses wins over a rare neighbour: expectation maximisation.
export function clean(x, palette) {
  const colours = coloursOf(palette), pixels = x.length / 3, likely = likelihoods(x, colours);
  const shares = new Float64Array(colours.length).fill(1 / colours.length);
  for (let pass = 0; pass < PASSES; pass++) update(shares, likely, pixels);
  const cleaned = new Float32Array(x.length);
  for (let i = 0; i < pixels; i++) {
    const colour = colours[likeliest(likely.subarray(i * shares.length, (i + 1) * shares.length), shares)];
    for (let c = 0; c < 3; c++) cleaned[c * pixels + i] = colour[c];
  }
  return cleaned;
}

// How likely each pixel is in each colour, over its likeliest one: [pixels][colours].
function likelihoods(x, colours) {
  const pixels = x.length / 3, likely = new Float64Array(pixels * colours.length);
  for (let i = 0; i < pixels; i++) {
    const far = colours.map((colour) => colour.reduce((sum, value, c) => sum + (x[c * pixels + i] - value) ** 2, 0));
    const nearest = far.reduce((a, b) => Math.min(a, b));
    far.forEach((square, k) => (likely[i * colours.length + k] = Math.exp((nearest - square) / (2 * NOISE ** 2))));
  }
  return likely;
}

// One pass: each share becomes the mean over the pixels of how much of them the colour explains.
function update(shares, likely, pixels) {
  const K = shares.length, explained = new Float64Array(K);
  for (let i = 0; i < pixels; i++) {
    let all = 0;
    for (let k = 0; k < K; k++) all += likely[i * K + k] * shares[k];
    for (let k = 0; k < K; k++) explained[k] += likely[i * K + k] / all;
  }
  for (let k = 0; k < K; k++) shares[k] *= explained[k] / pixels;
}

function likeliest(likely, shares) {
  let best = 0;
  for (let k = 1; k < shares.length; k++) if (likely[k] * shares[k] > likely[best] * shares[best]) best = k;
  return best;
}
