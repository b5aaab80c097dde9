// A sprite as numbers and as bytes.

// A sprite in -1..1, [3][pixels], as bytes [pixels][3]; halves go to the even number, as torch rounds.
export function pixelsOf(x) {
  const { fround } = Math, count = x.length / 3, pixels = new Uint8ClampedArray(x.length);
  for (let i = 0; i < x.length; i++) pixels[i % count * 3 + Math.floor(i / count)] = fround(fround(x[i] + 1) * 127.5);
  return pixels;
}

// The way back: bytes [pixels][3] as a sprite in -1..1, [3][pixels].
export function floatsOf(pixels) {
  const count = pixels.length / 3, x = new Float32Array(pixels.length);
  for (let i = 0; i < x.length; i++) x[i] = pixels[i % count * 3 + Math.floor(i / count)] / 127.5 - 1;
  return x;
}
