// Following a slider of the page as it moves, its number as it is typed. Gradio tells of it too, but later: at each step
// it would go through the whole page for each value that an event takes.

// Calls moved(value, k) for what has an id that begins so, and goes on with k, if it is one of several.
function onSlide(beginning, moved) {
  document.addEventListener("input", ({ target }) => {
    const control = target.matches("[type=range], [type=number]") && target.closest(`[id^="${beginning}"]`);
    if (!control || target.value === "") return;
    const [value, low, high] = [target.value, target.min, target.max].map(Number);
    moved(Math.min(high, Math.max(low, value)), parseInt(control.id.slice(beginning.length), 10));
  });
}

const replaced = (values, k, value) => values.map((old, i) => (i === k ? value : old));
