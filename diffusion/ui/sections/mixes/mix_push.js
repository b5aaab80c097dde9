// Gives the mix that the controls show to the picture, which may not be there yet: it then finds it in `document.mix`.
(checkpoint, mixing, wide, guidance, seed, clean, ...weights) => {
  document.mix = { checkpoint, mixing, wide, guidance, seed, clean, weights };
  document.dispatchEvent(new Event("mix"));
}
