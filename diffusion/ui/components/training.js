// Following the page's training, of which training_line.js tells.

// Has `show` show what `value` says, and what is told under the name, which takes its place.
function followTraining(name, show) {
  const tell = follow("value", show);
  document.addEventListener("trained", ({ detail }) => {
    props.value = detail[name];
    tell();
  });
}
