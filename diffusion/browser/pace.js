// How a picture keeps up with a drag: the student with the most steps draws that this browser has time for; where it
// has no time even for the first one, a part of the sprites is drawn at a time.

const EASY_S = 1 / 30, HARD_S = 1 / 20, ENOUGH = 5;   // seconds for a drawing; drawings until it is known
const PART_S = 1 / 30;   // for a part of a drawing: with the way from the slider and to the screen, about 50 ms
const COLUMNS = 4, MOST_PARTS = 4;   // of a picture: with more parts than columns they would be unequal

// The seconds of the last drawings, once there is one more.
export const lately = (took, seconds) => [...took, seconds].slice(-ENOUGH);

// students: [{name, steps}, ...], those with fewer steps first; current: which of them took these seconds.
export function suited(students, current, seconds) {
  if (seconds.length < ENOUGH) return current;
  const took = median(seconds);
  if (took > EASY_S && took <= HARD_S) return current;   // another one would be too slow, or soon give way to this one
  return students.findLast(({ steps }) => (took * steps) / current.steps <= EASY_S) ?? students[0];
}

// In how many parts a drawing is made that took these seconds as a whole, each of `least` sprites or more.
export function partsOf(seconds, sprites, least) {
  const took = seconds.length ? median(seconds) : 0;
  let parts = 1;
  while (took / parts > PART_S && parts < MOST_PARTS && 2 * parts * least <= sprites) parts *= 2;
  return parts;
}

// Which of so many sprites the part that comes next holds: spread over the picture, so that all of it keeps moving.
export function partOf(sprites, parts, turn) {
  const all = Array.from({ length: sprites }, (_, k) => k);
  return all.filter((k) => (k + Math.floor(k / COLUMNS)) % parts === turn % parts);
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
