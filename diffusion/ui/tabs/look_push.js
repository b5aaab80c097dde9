// Gives what the U-Net shall look at to its drawing, which may not be there yet: it then finds it in `document.look`.
(checkpoint, sprite, t, seed, view, cut, ...weights) => {
  document.look = { checkpoint, sprite, t, seed, view, cut, weights };
  document.dispatchEvent(new Event("look"));
}
