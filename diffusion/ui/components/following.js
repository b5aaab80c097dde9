// A picture that follows what is wanted of it, as pursuit.js says: this browser draws it, or else the server does,
// which is asked to draw and to refine.
// value: JSON {ask, chosen}, for the server; words: the sentences about what was drawn here.

class Following {
  chosen = null;       // the index of one of its sprites
  #device = null;      // who draws, see browser/device.js; null where this browser has none
  #runs = null;        // the module that makes runs of what is asked
  #pursuit = null;     // null until it is known who may draw
  #drawnFor = [];      // the text of what each sprite was last drawn for by this browser, as it followed
  #picture = null;     // the last answer that was no error, with the sprites that it left as they were
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
    const pixels = bytes(answer.pixels), which = indices(pixels.length / SPRITE_BYTES);   // few while many drag
    return { ...answer, asked, pixels, which, isRead: Boolean(answer.readings) };
  }

  // From this browser; null where the server must draw.
  async #drawHere(plan, asked) {
    const model = this.#device?.know(asked.checkpoint), request = model && this.#runs[plan](asked, model);
    const drawn = request && await this.#draw(plan, asked, request, model);
    if (!drawn?.pixels) return drawn;   // it is not drawn here, superseded, or failed
    const { which = indices(request.sprites.length) } = drawn, isPart = this.#isPart(which, asked);
    const { categories, isRead, unread, isStudent } = model, final = !isPart && (plan === "fullRun" || isStudent);
    const sentence = sentenceOf(request, { ...drawn, which }, unread);
    return { ...drawn, asked, which, isPart, sentence, categories, isRead, final };
  }

  // A picture of another model is drawn as a whole.
  #draw(plan, asked, request, model) {
    const lane = this.#lane(plan), isOther = this.#picture?.asked.checkpoint !== asked.checkpoint;
    if (plan === "fullRun" || isOther) return this.#device.draw(request, lane);
    return this.#device.follow(request, lane, request.kind === "quickByStudent" ? model.student : model);
  }

  // Whether others of its sprites have yet to be drawn for what is asked, now that these are.
  #isPart(which, asked) {
    const about = JSON.stringify(asked);
    for (const k of which) this.#drawnFor[k] = about;
    return asked.origins.some((_, k) => this.#drawnFor[k] !== about);
  }

  #tell(answer, final) {
    this.#note.setAttribute("aria-live", final ? "polite" : "off");
    this.#note.textContent = answer.error ?? `${answer.sentence}.`;
    this.#note.classList.toggle("failed", Boolean(answer.error));
    this.#note.classList.toggle("final", final);
    if (answer.error) return;
    this.#picture = pasted(this.#picture, answer);
    this.show(this.#picture, final);
    if (!props.value) this.tellServer();   // so that what is seen can be asked about
  }
}

const indices = (count) => Array.from({ length: count }, (_, k) => k);

// An answer with all sprites of its picture, where it has drawn but some of them: `which` still names these.
function pasted(before, answer) {
  const { which, pixels, readings, categories, asked } = answer, count = asked.origins.length;
  if (which.length === count) return answer;
  const all = new Uint8Array(SPRITE_BYTES * count), isReadAlike = String(before?.categories) === String(categories);
  if (before?.pixels.length === all.length) all.set(before.pixels);
  const read = readings && (isReadAlike && before.readings ? [...before.readings] : []);
  which.forEach((k, i) => {
    all.set(pixels.subarray(SPRITE_BYTES * i, SPRITE_BYTES * (i + 1)), SPRITE_BYTES * k);
    if (read) read[k] = readings[i];
  });
  return { ...answer, pixels: all, readings: read };
}

function sentenceOf({ checkpoint, run, sprites, kind }, { calls, seconds, which }, unread) {
  const { words } = props, spent = { calls: counted(calls, "network call"), ms: Math.round(1000 * seconds) };
  const values = { name: checkpoint, steps: counted(run.steps, "step"), spent: fillIn(words.spent, spent) };
  const isAll = which.length === sprites.length, some = { n: which.length, of: sprites.length };
  const unseen = unread && fillIn(words.unread, { why: unread.replace(/\.$/, "") });
  return fillIn(words[kind], values) + (isAll ? "" : fillIn(words.some, some)) + unseen;
}
