// The arithmetic of SpriteUnet, for WebAssembly with 128-bit SIMD: all else of the browser's device is JavaScript.
//
// Pictures lie as [row][column][channel], so that channels are neighbours and one instruction takes four of them.
// Channels are padded to a multiple of 8 with zeros. A picture that a convolution reads has a border of zeros.
// Weights lie as [out / 8][in][8]: 8 numbers of the output are made at once, of 4 places, in 8 registers.

#include <wasm_simd128.h>

#define EXPORT(name) __attribute__((export_name(#name)))
#define SMALL __attribute__((minsize, noinline))   // of what takes little of the time: its loops need not be unrolled

typedef v128_t Four;   // four float32

#define load(p) wasm_v128_load(p)
#define store(p, v) wasm_v128_store(p, v)
#define splat(x) wasm_f32x4_splat(x)
#define spread(p) wasm_v128_load32_splat(p)
#define add(a, b) wasm_f32x4_add(a, b)
#define subtract(a, b) wasm_f32x4_sub(a, b)
#define multiply(a, b) wasm_f32x4_mul(a, b)

// a b + c: in one instruction, rounded once, where the browser has relaxed SIMD.
#ifdef __wasm_relaxed_simd__
#define fused(a, b, c) __builtin_wasm_relaxed_madd_f32x4(a, b, c)
#else
#define fused(a, b, c) add(c, multiply(a, b))
#endif

// The exponential as in Cephes: x = n log 2 + r, a polynomial in r; its relative error is about 2e-7. A number to which
// 1.5 * 2^23 is added is rounded, and stands in the last bits of the sum.
#define ROUNDER 12582912.f
static inline Four exponential(Four x) {
  x = wasm_f32x4_pmax(wasm_f32x4_pmin(x, splat(88.f)), splat(-87.f));
  Four rounded = fused(x, splat(1.44269504f), splat(ROUNDER)), n = subtract(rounded, splat(ROUNDER));
  Four r = add(fused(n, splat(-0.693359375f), x), multiply(n, splat(2.12194440e-4f)));
  Four p = splat(1.9875691500e-4f);
  p = fused(p, r, splat(1.3981999507e-3f));
  p = fused(p, r, splat(8.3334519073e-3f));
  p = fused(p, r, splat(4.1665795894e-2f));
  p = fused(p, r, splat(1.6666665459e-1f));
  p = fused(p, r, splat(5.0000001201e-1f));
  p = add(fused(multiply(r, r), p, r), splat(1.f));
  Four power = wasm_i32x4_shl(wasm_i32x4_add(rounded, wasm_i32x4_splat(127)), 23);
  return multiply(p, power);
}

static inline Four silu_of(Four x) {
  return wasm_f32x4_div(x, add(splat(1.f), exponential(wasm_f32x4_neg(x))));
}

// y [rows][n_out] = x [rows][n_in] times the weights, plus the bias, unless it is null; the rows are a multiple of 4.
static void multiply_rows(const float* x, const float* weights, const float* bias, float* y, int rows, int n_in,
                          int n_out) {
  for (int out = 0; out < n_out; out += 8) {   // outermost, so that its weights stay near
    Four low = bias ? load(bias + out) : splat(0.f), high = bias ? load(bias + out + 4) : splat(0.f);
    for (int row = 0; row < rows; row += 4) {
      const float* at = x + row * n_in;
      const float* w = weights + out * n_in;
      Four lows[4] = {low, low, low, low}, highs[4] = {high, high, high, high};
      for (int i = 0; i < n_in; i++, w += 8) {
        Four left = load(w), right = load(w + 4);
        for (int k = 0; k < 4; k++) {
          Four number = spread(at + k * n_in + i);
          lows[k] = fused(number, left, lows[k]);
          highs[k] = fused(number, right, highs[k]);
        }
      }
      for (int k = 0; k < 4; k++) {
        store(y + (row + k) * n_out + out, lows[k]);
        store(y + (row + k) * n_out + out + 4, highs[k]);
      }
    }
  }
}

EXPORT(multiply_matrix)
void multiply_matrix(const float* x, const float* weights, const float* bias, float* y, int rows, int n_in, int n_out) {
  multiply_rows(x, weights, bias, y, rows, n_in, n_out);
}

// ---- 3x3 convolutions, Winograd's way: Lavin & Gray, 1509.09308. `made` x `made` places of the output come from
// (made + 2) x (made + 2) of the input by as many products of each channel: 16 where the plain sum takes 36, with made
// 2, and 36 where it takes 144, with made 4. What is multiplied are the values of polynomials, at 0, 1 and -1 for the
// former, at 0 and the roots of 1/2 and 2 for the latter: there rounding costs half as much as at 0, 1 and 2, which
// are usual. What follows is compiled for each.

#define INLINE static inline __attribute__((always_inline))
#define MOST_EDGE 6
#define ROOT_HALF 0.70710678f
#define ROOT_2 1.41421356f

INLINE void mix_input(const int made, const Four* from, Four* to, int step) {
  Four a = from[0], b = from[1], c = from[2], d = from[3];
  if (made == 2) {
    to[0] = subtract(a, c);
    to[step] = add(b, c);
    to[2 * step] = subtract(c, b);
    to[3 * step] = subtract(b, d);
    return;
  }
  Four e = from[4], f = from[5];
  Four minus_2 = splat(-2.f), minus_half = splat(-0.5f), minus_5_halves = splat(-2.5f);
  Four near = fused(minus_2, c, e), near_odd = multiply(splat(ROOT_HALF), fused(minus_2, b, d));
  Four far = fused(minus_half, c, e), far_odd = multiply(splat(ROOT_2), fused(minus_half, b, d));
  to[0] = fused(minus_5_halves, c, add(a, e));
  to[step] = add(near, near_odd);
  to[2 * step] = subtract(near, near_odd);
  to[3 * step] = add(far, far_odd);
  to[4 * step] = subtract(far, far_odd);
  to[5 * step] = fused(minus_5_halves, d, add(b, f));
}

INLINE void mix_output(const int made, const Four* from, Four* to, int step) {
  Four near = add(from[1], from[2]), near_odd = subtract(from[1], from[2]);
  if (made == 2) {
    to[0] = add(from[0], near);
    to[step] = subtract(near_odd, from[3]);
    return;
  }
  Four far = add(from[3], from[4]), far_odd = multiply(splat(ROOT_2), subtract(from[3], from[4]));
  near_odd = multiply(splat(ROOT_HALF), near_odd);
  to[0] = add(from[0], add(near, far));
  to[step] = add(near_odd, far_odd);
  to[2 * step] = fused(splat(0.5f), near, add(far, far));
  to[3 * step] = add(from[5], fused(splat(0.5f), near_odd, add(far_odd, far_odd)));
}

// From a corner of x to the numbers of its tile, each `apart` from the next.
INLINE void take_tile(const int made, const float* x, int row, int n_in, float* to, int apart) {
  const int edge = made + 2;
  for (int c = 0; c < n_in; c += 4) {
    Four lines[MOST_EDGE * MOST_EDGE], mixed[MOST_EDGE * MOST_EDGE];
    for (int k = 0; k < edge; k++) {
      Four column[MOST_EDGE];
      for (int i = 0; i < edge; i++) column[i] = load(x + i * row + k * n_in + c);
      mix_input(made, column, lines + k, edge);
    }
    for (int k = 0; k < edge; k++) mix_input(made, lines + edge * k, mixed + edge * k, 1);
    for (int k = 0; k < edge * edge; k++) store(to + k * apart + c, mixed[k]);
  }
}

// From the numbers of a tile to its places of y, with the bias and what lies beside.
INLINE void put_tile(const int made, const float* from, int apart, const float* bias, const float* beside, float* y,
                     int row, int n_out) {
  const int edge = made + 2;
  for (int c = 0; c < n_out; c += 4) {
    Four lines[MOST_EDGE * MOST_EDGE], mixed[MOST_EDGE * MOST_EDGE];
    for (int k = 0; k < edge; k++) {
      Four column[MOST_EDGE];
      for (int i = 0; i < edge; i++) column[i] = load(from + (i * edge + k) * apart + c);
      mix_output(made, column, lines + k, edge);
    }
    for (int k = 0; k < made; k++) mix_output(made, lines + edge * k, mixed + made * k, 1);
    for (int k = 0; k < made * made; k++) {
      const int place = k / made * row + k % made * n_out + c;
      Four sum = add(mixed[k], load(bias + c));
      store(y + place, beside ? add(sum, load(beside + place)) : sum);
    }
  }
}

INLINE void convolve_by(const int made, const float* x, const float* weights, const float* bias, const float* beside,
                        float* y, int count, int height, int width, int n_in, int n_out, float* room) {
  const int across = width / made, down = height / made, products = (made + 2) * (made + 2);
  const int tiles = count * down * across, rows = (tiles + 3) / 4 * 4;
  float* multiplied = room + products * rows * n_in;
  for (int tile = 0; tile < tiles; tile++) {
    const int line = tile / across / down * (height + 2) + tile / across % down * made;
    const float* corner = x + (line * (width + 2) + tile % across * made) * n_in;
    take_tile(made, corner, (width + 2) * n_in, n_in, room + tile * n_in, rows * n_in);
  }
  for (int k = 0; k < products; k++) {
    const float *from = room + k * rows * n_in, *w = weights + k * n_in * n_out;
    multiply_rows(from, w, 0, multiplied + k * rows * n_out, rows, n_in, n_out);
  }
  for (int tile = 0; tile < tiles; tile++) {
    const int corner = (tile / across * made * width + tile % across * made) * n_out;
    const float *from = multiplied + tile * n_out, *start = beside ? beside + corner : 0;
    put_tile(made, from, rows * n_out, bias, start, y + corner, width * n_out, n_out);
  }
}

// A convolution of `count` pictures x [height + 2][width + 2][n_in], into y [height][width][n_out] each; height and
// width are multiples of `made`, which is 2 or 4. `beside` is added to y, unless it is null. The weights are read once
// for all pictures. room: for (made + 2)^2 (n_in + n_out) numbers a tile, of which there are at least 4.
EXPORT(convolve)
void convolve(const float* x, const float* weights, const float* bias, const float* beside, float* y, int count,
              int height, int width, int n_in, int n_out, float* room, int made) {
  if (made == 2) convolve_by(2, x, weights, bias, beside, y, count, height, width, n_in, n_out, room);
  else convolve_by(4, x, weights, bias, beside, y, count, height, width, n_in, n_out, room);
}

// Replace what each channel of a group sums up to by the mean over the group.
SMALL static void share_in_groups(float* sums, int places, int channels, int groups) {
  const int size = channels / groups;
  for (int start = 0; start < channels; start += size) {
    float sum = 0;
    for (int c = start; c < start + size; c++) sum += sums[c];
    for (int c = start; c < start + size; c++) sums[c] = sum / (places * size);
  }
}

static void normalise_one(const float* x, const float* gain, const float* bias, const float* film, float* y, int height,
                          int width, int channels, int stride, int groups, float* room) {
  const int places = height * width, row = (width + 2) * stride;
  float *means = room, *scales = room + stride, *shifts = room + 2 * stride;
  for (int c = 0; c < stride; c += 4) {
    store(means + c, splat(0.f));
    store(scales + c, splat(0.f));
  }
  for (int i = 0; i < places; i++)
    for (int c = 0; c < stride; c += 4) store(means + c, add(load(means + c), load(x + i * stride + c)));
  share_in_groups(means, places, channels, groups);
  for (int i = 0; i < places; i++)
    for (int c = 0; c < stride; c += 4) {
      Four apart = subtract(load(x + i * stride + c), load(means + c));
      store(scales + c, fused(apart, apart, load(scales + c)));
    }
  share_in_groups(scales, places, channels, groups);

  for (int c = 0; c < stride; c += 4) {
    Four deviation = wasm_f32x4_sqrt(add(load(scales + c), splat(1e-5f)));
    Four scale = wasm_f32x4_div(load(gain + c), deviation);
    Four shift = subtract(load(bias + c), multiply(load(means + c), scale));
    if (film) {
      Four more = add(splat(1.f), load(film + c));
      scale = multiply(scale, more);
      shift = fused(shift, more, load(film + stride + c));
    }
    store(scales + c, scale);
    store(shifts + c, shift);
  }
  for (int i = 0; i < (height + 2) * row; i += 4) store(y + i, splat(0.f));
  for (int i = 0; i < places; i++) {
    float* to = y + (i / width + 1) * row + (i % width + 1) * stride;
    for (int c = 0; c < stride; c += 4)
      store(to + c, silu_of(fused(load(x + i * stride + c), load(scales + c), load(shifts + c))));
  }
}

// GroupNorm, the embedding's scale and shift (film, [2][stride], or null), and SiLU: each of `count` pictures
// x [height][width][stride], of which `channels` are real, becomes y [height + 2][width + 2][stride]. The variance is
// taken about the mean, so that no digits cancel. room: for 3 stride numbers.
EXPORT(normalise)
void normalise(const float* x, const float* gain, const float* bias, const float* film, float* y, int count, int height,
               int width, int channels, int stride, int groups, float* room) {
  for (int k = 0; k < count; k++) {
    const float *from = x + k * height * width * stride, *own = film ? film + 2 * k * stride : 0;
    float* to = y + k * (height + 2) * (width + 2) * stride;
    normalise_one(from, gain, bias, own, to, height, width, channels, stride, groups, room);
  }
}


// Where a place of a picture lies once quarters of 2x2 places lie one after another.
static inline int quartered(int row, int column, int side) {
  return 4 * (row / 2 * (side / 2) + column / 2) + row % 2 * 2 + column % 2;
}

// Every 2x2 places of x [count][side][side][n] become one with four times the channels, of y [count][side^2 / 4][4 n].
EXPORT(shrink) SMALL
void shrink(const float* x, float* y, int count, int side, int n) {
  for (int row = 0; row < count * side; row++)
    for (int column = 0; column < side; column++, x += n) {
      float* to = y + quartered(row, column, side) * n;   // an even number of rows a picture: they all go on
      for (int c = 0; c < n; c += 4) store(to + c, load(x + c));
    }
}

// Every place of x [count][side^2 / 4][4][n] becomes 2x2 places again; beside their first `real` channels come as many
// of `beside` [count][side][side][n], and then zeros: y [count][side][side][wide].
EXPORT(join) SMALL
void join(const float* x, const float* beside, float* y, int count, int side, int n, int real, int wide) {
  for (int row = 0; row < count * side; row++)
    for (int column = 0; column < side; column++, beside += n, y += wide) {
      const float* from = x + quartered(row, column, side) * n;
      for (int c = 0; c < real; c++) y[c] = from[c];
      for (int c = 0; c < real; c++) y[real + c] = beside[c];
      for (int c = 2 * real; c < wide; c++) y[c] = 0;
    }
}

// The 3x3 places around each one of every `stride` of x [side * stride + 2][side * stride + 2][channels], side by side:
// y [side][side][9][channels].
EXPORT(windows) SMALL
void windows(const float* x, float* y, int side, int stride, int channels) {
  const int row = (side * stride + 2) * channels, line = 3 * channels;
  for (int place = 0; place < side * side; place++)
    for (int k = 0; k < 3; k++, y += line) {
      const float* from = x + (place / side * stride + k) * row + place % side * stride * channels;
      for (int c = 0; c < line; c += 4) store(y + c, load(from + c));
    }
}

// The mean of each channel of a picture x [side + 2][side + 2][channels] without its border, and its standard
// deviation: y [2][channels].
EXPORT(moments) SMALL
void moments(const float* x, float* y, int side, int channels) {
  const int places = side * side, row = (side + 2) * channels;
  for (int c = 0; c < channels; c += 4) {
    const float* inside = x + row + channels + c;
    Four mean = splat(0.f), spread = splat(0.f);
    for (int i = 0; i < places; i++) mean = add(mean, load(inside + i / side * row + i % side * channels));
    mean = multiply(mean, splat(1.f / places));
    for (int i = 0; i < places; i++) {
      Four apart = subtract(load(inside + i / side * row + i % side * channels), mean);
      spread = fused(apart, apart, spread);
    }
    store(y + c, mean);
    store(y + channels + c, wasm_f32x4_sqrt(multiply(spread, splat(1.f / (places - 1)))));
  }
}
