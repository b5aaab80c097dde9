// Starts a component with JavaScript that is fetched, see FETCHED in component.py. props.module: its name.
import(new URL(`components/${props.module}.js`, document.baseURI)).then(
  ({ default: start }) => start(element, props, watch, trigger, server),
  () => element.prepend("The server did not answer: reload the page to try again."),
);
