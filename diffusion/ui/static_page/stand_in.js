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
