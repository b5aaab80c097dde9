// Gives the edit that the controls show to the picture and the editor, which may not be there yet: they then find it in
// `document.editing`. What belongs to the other kind of edit is hidden.
(kind, share, resampling, checkpoint, guidance, seed, clean, ...weights) => {
  document.editing = { kind, noise_share: share / 100, resampling, checkpoint, guidance, seed, clean, weights };
  document.dispatchEvent(new Event("editing"));
}
