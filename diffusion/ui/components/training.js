// Following the page's training, of which training_line.js tells.

// Has `show` show what `value` says, and what is told under the name, which takes its place; null where that is nothing.
function followTraining(name, show) {
  follow("value", show);
  document.addEventListener("trained", ({ detail }) => {
    props.value = detail[name];
    show(props.value ? JSON.parse(props.value) : null);
  });
}
