// Which student draws while something is dragged: the one with the most steps that this browser has time for.

const EASY_S = 1 / 30, HARD_S = 1 / 20, ENOUGH = 5;   // seconds for a drawing; drawings until it is known

// The seconds of the last drawings, once there is one more.
export const lately = (took, seconds) => [...took, seconds].slice(-ENOUGH);

// students: [{name, steps}, ...], those with fewer steps first; current: which of them took these seconds.
export function suited(students, current, seconds) {
  if (seconds.length < ENOUGH) return current;
  const took = median(seconds);
  if (took > EASY_S && took <= HARD_S) return current;   // another one would be too slow, or soon give way to this one
  return students.findLast(({ steps }) => (took * steps) / current.steps <= EASY_S) ?? students[0];
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
