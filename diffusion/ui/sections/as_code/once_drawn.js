// Waits until there is a picture to be told of, but not for ever: there may be nothing to draw.
async () => {
  const isThere = () => document.querySelector(words.picture);
  for (let i = 0; i < 300 && !isThere(); i++) await new Promise(requestAnimationFrame);
}
