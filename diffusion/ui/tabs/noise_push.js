// Adds the chosen model to what is drawn under noise, see noise.js; then it is all new to who guesses.
(checkpoint) => {
  document.noised = { ...document.noised, checkpoint, rests: true };
  document.dispatchEvent(new Event("noised"));
}
