// A sprite's own noise, from (seed, index): the numbers that torch's generator of a CPU gives in diffusion/noise.py.

const N = 624, M = 397;   // of the Mersenne twister MT19937; Matsumoto & Nishimura, 1998
const ROW = 16;           // torch makes normal numbers so many at once, eight radii with eight angles
const { fround } = Math;
const TURN = fround(2 * Math.PI);   // rounded, as torch has it: angles are, and a radius of 5 would show it

// One 63-bit seed from two numbers, by SplitMix64, as `generator_seed` makes it.
export function generatorSeed(seed, index) {
  const wrap = (number) => BigInt.asUintN(64, number);
  let z = wrap(BigInt(seed) * 0x9E3779B97F4A7C15n + BigInt(index) * 0xD1B54A32D192ED03n + 0x2545F4914F6CDD1Dn);
  z = wrap((z ^ (z >> 30n)) * 0xBF58476D1CE4E5B9n);
  z = wrap((z ^ (z >> 27n)) * 0x94D049BB133111EBn);
  return BigInt.asUintN(63, z ^ (z >> 31n));
}

// A function that gives the next 32 random bits.
function mersenneTwister(seed) {
  const state = new Uint32Array(N);
  state[0] = Number(seed & 0xffffffffn);   // torch takes the low half of its seed
  for (let i = 1; i < N; i++) state[i] = Math.imul(1812433253, state[i - 1] ^ (state[i - 1] >>> 30)) + i;
  let used = N;

  function renew() {
    for (let k = 0; k < N; k++) {
      const y = (state[k] & 0x80000000) | (state[(k + 1) % N] & 0x7fffffff);
      state[k] = state[(k + M) % N] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    used = 0;
  }

  return () => {
    if (used === N) renew();
    let y = state[used++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  };
}

// A function that gives the next `size` normal numbers of a sprite; the size is a multiple of 16.
export function spriteNoise([seed, index], size) {
  const bits = mersenneTwister(generatorSeed(seed, index));
  const uniform = () => (bits() & 0xffffff) / 0x1000000;

  return () => {
    const z = new Float32Array(size);
    for (let k = 0; k < size; k++) z[k] = uniform();
    for (let start = 0; start < size; start += ROW) {
      for (let k = start; k < start + ROW / 2; k++) {   // Box & Muller, 1958
        const radius = Math.sqrt(-2 * fround(Math.log(1 - z[k]))), angle = fround(TURN * z[k + ROW / 2]);
        z[k] = radius * Math.cos(angle);
        z[k + ROW / 2] = radius * Math.sin(angle);
      }
    }
    return z;
  };
}
