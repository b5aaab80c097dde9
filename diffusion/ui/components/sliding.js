// Following a slider of the page as it moves, its number as it is typed. Gradio tells of it too, but later: at each
// step it would go through the whole page for each value that an event takes.

// Changes what `document` holds under a name, and says so by an event of that name, as a slider moves whose id begins
// so, and goes on with k, if it is one of several. told(value, held, k): what of it changes.
function onSlide(beginning, name, told) {
  document.addEventListener("input", ({ target }) => {
    const control = target.matches("[type=range], [type=number]") && target.closest(`[id^="${beginning}"]`);
    const held = document[name];
    if (!control || !held || target.value === "") return;
    const [value, low, high] = [target.value, target.min, target.max].map(Number);
    const k = parseInt(control.id.slice(beginning.length), 10);
    document[name] = { ...held, ...told(Math.min(high, Math.max(low, value)), held, k) };
    document.dispatchEvent(new Event(name));
  });
}

const replaced = (values, k, value) => values.map((old, i) => (i === k ? value : old));
