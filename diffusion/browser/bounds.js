// What an ask may be, where several tabs ask for it alike; all else the server must look at.

export const MOST_GUIDANCE = 20;
const MOST_SEED = 2 ** 32 - 1;

export const isWhole = (value, low, high) => Number.isInteger(value) && value >= low && value <= high;
export const isSeed = (value) => isWhole(value, 0, MOST_SEED);
