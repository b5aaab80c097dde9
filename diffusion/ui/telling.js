// Gradio's page shows no error of an event outside the queue: it drops what the server answers. It is shown here.
{
  const LASTS_MS = 10_000, SILENT = "The server did not answer: try again.";
  const line = document.createElement("p");
  line.id = "fault";
  line.setAttribute("role", "alert");
  const { fetch } = window;
  let hiding = 0;

  // The sentence comes escaped, for Gradio's toasts; a document that is parsed apart from the page loads nothing.
  function tell(sentence) {
    line.textContent = new DOMParser().parseFromString(sentence, "text/html").body.textContent;
    document.body.append(line);
    clearTimeout(hiding);
    hiding = setTimeout(() => line.remove(), LASTS_MS);
  }

  window.fetch = async (...asked) => {
    const answer = await fetch(...asked);
    if (!answer.ok && new URL(answer.url).pathname.includes("/run/")) {
      answer.clone().json().then(({ error }) => tell(error ?? SILENT), () => tell(SILENT));
    }
    return answer;
  };
}
