// What a component of the lab finds around it on a page without a server, in place of Gradio's gr.HTML.

// Starts a component in its element. props: what it finds in `props`; server: async functions that answer its
// questions, by their names. Returns a function that changes its properties, and tells it.
export function start(component, element, props, server) {
  const watched = [];
  const watch = (names, act) => watched.push({ names: [names].flat(), act });
  const trigger = (name) => element.dispatchEvent(new CustomEvent(name));
  component(element, props, watch, trigger, server);
  return (changes) => {
    Object.assign(props, changes);
    for (const { names, act } of watched) if (names.some((name) => name in changes)) act();
  };
}

// Answers to the questions that are known here; all others are answered in a sentence.
export function answering(answers, notHere) {
  return new Proxy(answers, { get: (known, name) => known[name] ?? (async () => ({ error: notHere() })) });
}

// What a group of canvases shows, enlarged, as the base64 of a PNG.
export function pictureOf(canvases, columns = canvases.length) {
  const [{ width, height }] = canvases, gap = 2, scale = 4, whole = document.createElement("canvas");
  const rows = Math.ceil(canvases.length / columns), context = whole.getContext("2d");
  whole.width = scale * (columns * (width + gap) - gap);
  whole.height = scale * (rows * (height + gap) - gap);
  Object.assign(context, { imageSmoothingEnabled: false, fillStyle: "#fff" });
  context.fillRect(0, 0, whole.width, whole.height);
  canvases.forEach((canvas, k) => {
    const x = (k % columns) * (width + gap), y = Math.floor(k / columns) * (height + gap);
    context.drawImage(canvas, scale * x, scale * y, scale * width, scale * height);
  });
  return whole.toDataURL("image/png").split(",")[1];
}
