// How numbers and values come into sentences.

const count = new Intl.NumberFormat("en").format;   // 12,288

// "1 step", "2 steps"
const counted = (number, thing) => `${count(number)} ${thing}${number === 1 ? "" : "s"}`;

// "2 workers"; of a Pool, see its crewIn
const crewed = ({ workers, isOnGraphics }) => (
  counted(workers, "worker") + (isOnGraphics ? " with the graphics processor" : "")
);

// A sentence with values in place of {names}.
const fillIn = (sentence, values) => sentence.replace(/{(\w+)}/g, (_, name) => values[name]);

