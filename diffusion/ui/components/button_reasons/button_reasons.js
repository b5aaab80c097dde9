// Why buttons cannot be used, in their tooltips and for screen readers.
// value: JSON {id of a button in the page: a sentence, or "" where it can be used}.

function tell(id, reason) {
  const button = document.getElementById(id);
  if (!button) return requestAnimationFrame(() => element.isConnected && tell(id, reason));   // it comes later
  button.title = reason;
  button.setAttribute("aria-description", reason);
}

follow("value", (reasons) => Object.entries(reasons ?? {}).forEach(([id, reason]) => tell(id, reason)));
