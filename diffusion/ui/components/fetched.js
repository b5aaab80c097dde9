// Starts the component NAME with JavaScript that is fetched, see FETCHED in component.py.
import(new URL("components/NAME.js", document.baseURI)).then(
  ({ default: start }) => start(element, props, watch, trigger, server),
  () => element.prepend("The server did not answer: reload the page to try again."),
);
