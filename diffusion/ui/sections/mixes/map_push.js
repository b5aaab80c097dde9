// The weights at the map's point go straight to the picture, and come out for the sliders.
(point, checkpoint, mixing, wide, guidance, seed, clean, ...weights) => {
  const there = JSON.parse(point), all = weights.map((_, k) => there[k] ?? 0);
  document.mix = { checkpoint, mixing, wide, guidance, seed, clean, weights: all };
  document.dispatchEvent(new Event("mix"));
  return all;
}
