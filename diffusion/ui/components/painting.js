// Painting on a canvas that shows one sprite, with a pointer or with the keyboard, and the colours to paint with.

// paint(x, y): called for each pixel that is touched; begin(): before the first one of a stroke. The arrow keys move
// `cursor`, which lies over the canvas; where it is, is told in `place`.
function onPaint({ canvas, cursor, place, begin = () => {}, paint }) {
  let x = SIDE / 2, y = SIDE / 2;

  function move(dx, dy) {
    [x, y] = [clamp(x + dx, 0, SIDE - 1), clamp(y + dy, 0, SIDE - 1)];
    cursor.style.left = `${(100 * x) / SIDE}%`;
    cursor.style.top = `${(100 * y) / SIDE}%`;
    place.textContent = `column ${x + 1}, row ${y + 1}`;
  }

  const pixelAt = (share) => clamp(Math.floor(SIDE * share), 0, SIDE - 1);
  canvas.addEventListener("pointerdown", begin);
  onDrag(canvas, (across, down) => paint(pixelAt(across), pixelAt(down)));
  canvas.addEventListener("keydown", (event) => {
    if (event.key === " ") {
      begin();
      paint(x, y);
    } else if (event.key in ARROWS) move(...ARROWS[event.key]);
    else return;
    event.preventDefault();
  });
  move(0, 0);
}

// A radio button that shows a colour. group: of the radio buttons.
function makeSwatch(group, name, rgb, choose) {
  const swatch = Object.assign(make("input"), { type: "radio", name: group, title: name, value: String(rgb) });
  swatch.setAttribute("aria-label", name);
  swatch.style.setProperty("--paint", `rgb(${rgb})`);
  swatch.addEventListener("change", () => choose(rgb));
  return swatch;
}
