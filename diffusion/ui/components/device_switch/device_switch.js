// Says who draws, this browser or the server, and lets the learner choose.
// words: a sentence for each state of browser/device.js.

const { words } = props, line = find(".line");
const buttons = { browser: find(".browser"), server: find(".server") };

function stateNow({ state, alone }) {
  if (!alone) return state;
  return state === "ready" ? "alone" : "silent";
}

const asSentence = (why) => (why ? `${why[0].toUpperCase()}${why.slice(1).replace(/\.$/, "")}.` : "");

function show(device) {
  const { status } = device, state = stateNow(status);
  const values = { ...status, why: asSentence(status.why), workers: status.crew && crewed(status.crew) };
  say(line, fillIn(words[state], values));
  find(".device").dataset.device = state;
  buttons.browser.setAttribute("aria-pressed", device.browserWanted);
  buttons.server.setAttribute("aria-pressed", !device.browserWanted);
}

browserDevice().then((device) => {
  if (!device) return say(line, fillIn(words.refused, { why: "" }));
  buttons.browser.addEventListener("click", () => device.choose(true));
  buttons.server.addEventListener("click", () => device.choose(false));
  device.addEventListener("status", () => show(device));
  show(device);
});
