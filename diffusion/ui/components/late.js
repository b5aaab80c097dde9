// Fetches a component once it is seen, and starts it, see late_component in component.py.
// props.module: its name; props.place: the id that it has in the page.
new ResizeObserver(async ([{ contentRect }], watcher) => {
  if (!contentRect.width) return;
  watcher.disconnect();
  const part = await import(new URL(`components/${props.module}.js`, document.baseURI)).catch(() => null);
  element.innerHTML = part?.html ?? "The server did not answer: reload the page to try again.";
  if (!part) return;
  const style = document.createElement("style");
  style.textContent = `#${props.place} {\n${part.css}}`;   // within it alone
  element.append(style);
  part.default(element, props, watch, trigger, server);
}).observe(element);
