// A picture that follows what is wanted of it, as pursuit.js says: this browser draws it, or else the server does, which
// is asked to draw and to refine.
// value: JSON {ask, chosen}, for the server; words: the sentences about what was drawn here.

class Following {
  chosen = null;       // the index of one of its sprites
  #device = null;      // who draws, see browser/device.js; null where this browser has none
  #runs = null;        // the module that makes runs of what is asked
  #pursuit = null;     // null until it is known who may draw
  #note = find(".note");

  // name: what its requests are called in the browser; show(answer): shows what came, its sentence is shown here.
  constructor(name, show) {
    Object.assign(this, { name, show });
  }

  // Nothing is asked before it is known who may draw. module: such as "mix_runs.js"; want(): says what is wanted.
  async begin(module, want) {
    this.#device = await browserDevice();
    this.#runs = this.#device && await browserCode(module);
    this.#pursuit = new Pursuit({
      quick: () => this.#answer("quickRun", "draw"),
      full: () => this.#answer("fullRun", "refine"),
      show: (answer, final) => this.#tell(answer, final),
      rests: () => {
        this.tellServer();
        this.#device?.knock();
        this.#device?.suitStudent(this.ask.checkpoint);
      },
    });
    want();
  }

  get hasBegun() {
    return this.#pursuit !== null;
  }

  // What is asked for by now.
  get ask() {
    return this.#pursuit?.wanted && JSON.parse(this.#pursuit.wanted);
  }

  want(asked) {
    const about = JSON.stringify(asked);
    if (about !== this.#pursuit.wanted) this.#device?.drop(this.#lane("fullRun"));
    this.#pursuit.want(about);
  }

  choose(k) {
    this.chosen = k;
    this.tellServer();
  }

  tellServer() {
    props.value = JSON.stringify({ ask: this.ask, chosen: this.chosen });
  }

  // A sentence in place of an answer.
  hint(sentence) {
    this.#note.className = "note";
    this.#note.textContent = sentence;
  }

  #lane(plan) {
    return plan === "fullRun" ? `${this.name} in full` : this.name;
  }

  async #answer(plan, question) {
    const asked = this.ask;
    return await this.#drawHere(plan, asked) ?? this.#askServer(question, asked);
  }

  async #askServer(question, asked) {
    const answer = await ask(question, asked);
    if (!answer.pixels) return answer;   // it is superseded, or failed
    return { ...answer, asked, pixels: bytes(answer.pixels), isRead: Boolean(answer.readings) };
  }

  // From this browser; null where the server must draw.
  async #drawHere(plan, asked) {
    const model = this.#device?.know(asked.checkpoint), request = model && this.#runs[plan](asked, model);
    const drawn = request && await this.#device.draw(request, this.#lane(plan));
    if (!drawn?.pixels) return drawn;   // it is not drawn here, superseded, or failed
    if (request.kind === "quickByStudent") this.#device.timed(model.student, drawn.seconds);
    const { categories, isRead, unread, isStudent } = model, final = plan === "fullRun" || isStudent;
    return { ...drawn, asked, sentence: sentenceOf(request, drawn, unread), side: SIDE, categories, isRead, final };
  }

  #tell(answer, final) {
    this.#note.setAttribute("aria-live", final ? "polite" : "off");
    this.#note.textContent = answer.error ?? `${answer.sentence}.`;
    this.#note.classList.toggle("failed", Boolean(answer.error));
    this.#note.classList.toggle("final", final);
    if (answer.error) return;
    this.show(answer, final);
    if (!props.value) this.tellServer();   // so that what is seen can be asked about
  }
}

function sentenceOf({ checkpoint, run, kind }, { calls, seconds }, unread) {
  const spent = { calls: counted(calls, "network call"), ms: Math.round(1000 * seconds) };
  const values = { name: checkpoint, steps: counted(run.steps, "step"), spent: fillIn(props.words.spent, spent) };
  return fillIn(props.words[kind], values) + (unread && fillIn(props.words.unread, { why: unread.replace(/\.$/, "") }));
}
