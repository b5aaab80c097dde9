// Where a training stands, in a line. It is asked for upon "watch", see watch.js; the loss plot and the bands hear what
// else came by "trained". What changes more seldom than that is Gradio's to show, since each of its messages costs the
// page a while: its button is pressed once something of that kind is new.
// value: the line as the page comes. In a line **so** stands for bold type, *so* for italics, [so](./...) for a link to
// another place of the lab.

const STYLED = /(\*\*[^*]+\*\*|\*[^*]+\*|\[[^\]]+\]\(\.\/[^)]*\))/;
const STYLES = [["**", "strong"], ["*", "em"], ["", "span"]];

const state = {
  asking: false,
  waits: false,   // whether it shall be asked for once more
  seen: "",       // what Gradio was pressed for last
};

function makeLink(text, href) {
  const link = make("a", "", text);
  Object.assign(link, { href, target: "_blank", rel: "noopener" });   // the training stays in sight
  return link;
}

function styled(part) {
  const link = part.match(/^\[(.*)\]\((.*)\)$/);
  if (link) return makeLink(link[1], link[2]);
  const [mark, tag] = STYLES.find(([mark]) => part.startsWith(mark));
  return make(tag, "", part.slice(mark.length, part.length - mark.length));
}

function showLine(text) {
  find("p").replaceChildren(...text.split(STYLED).filter(Boolean).map(styled));
}

function show({ error, line, seen, ...others }) {
  showLine(error ?? line);
  if (error) return;
  document.dispatchEvent(new CustomEvent("trained", { detail: others }));
  if (seen === state.seen) return;
  state.seen = seen;
  press("#training-look");
}

async function look() {
  state.waits = true;
  if (state.asking) return;
  state.asking = true;
  while (state.waits) {
    state.waits = false;
    const { job, link } = document.watched;
    show(await ask("news", { job, link }));
  }
  state.asking = false;
}

const isSeen = whenSeen(() => document.watched && look());
document.addEventListener("watch", (event) => {
  if (!isSeen()) return;
  event.preventDefault();
  look();
});
showLine(props.value);
