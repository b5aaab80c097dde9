// Looks at the training of the page: `document.watched`, {job, link}. While it is seen the Train tab asks how it goes,
// see training_line.js; else Gradio does now and then, so that the server knows that the page is there.
(job, link) => {
  const SELDOM_MS = 30_000;
  const { askedAt = -SELDOM_MS } = document.watched ?? {}, now = performance.now();
  document.watched = { job, link, askedAt };
  const isSeen = !document.dispatchEvent(new Event("watch", { cancelable: true }));
  if (isSeen || now - askedAt < SELDOM_MS) return;
  document.watched.askedAt = now;
  document.querySelector("#training-look").click();
}
