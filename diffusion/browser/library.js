// The models that this page draws with: each is described by the server, fetched, and given to the workers, once.

import { WeightsError } from "./weights_file.js";

const HERE = new URL("../", import.meta.url);   // code/ stands beside models/ and weights/
const NO_ANSWER = "The server did not answer";

// state: "loading", "ready", or "refused" with the sentence `why`; told: what the server tells of it; isMissed: whether
// the server did not answer, so that it is worth another try.
class Entry {
  state = "loading";
  told = null;
  why = "";
  isMissed = false;
}

export class Library {
  #entries = new Map();   // by the models' names
  #judge = null;          // a promise of why it cannot read here, "" if it can; made when it is first needed

  // changed(): called whenever a model is ready, or cannot be.
  constructor(pool, changed) {
    this.pool = pool;
    this.changed = changed;
  }

  // What there is of a model; whoever asks for it first has it fetched, with its quickest student.
  entry(name) {
    const known = this.#entries.get(name);
    if (!known || known.isMissed) {
      const entry = new Entry();
      this.#entries.set(name, entry);
      entry.done = this.#fetch(name, entry).then(
        () => (entry.state = "ready"),
        (error) => this.#miss(entry, error),
      ).finally(this.changed);
    }
    return this.#entries.get(name);
  }

  // The same, fetched again.
  again(name) {
    this.#entries.delete(name);
    return this.entry(name);
  }

  // The same of a model that was asked for, nothing is fetched for it.
  peek(name) {
    return this.#entries.get(name);
  }

  async #fetch(name, entry) {
    await this.pool.opened;
    const told = await fetched(`models/${encodeURIComponent(name)}`, (answer) => answer.json());
    if (told.refused) throw new WeightsError(told.refused);
    const [student, unread, file] = await Promise.all([
      told.students.length ? this.#student(told.students[0]) : null,
      told.isRead && this.#unread(),
      fetchedFile(`weights/${encodeURIComponent(name)}`),
    ]);
    entry.told = { ...told, student, isRead: unread === "", unread: unread || "", took: [] };   // took: see pace.js
    await this.pool.load(told.hash, file);
    this.pool.quicken(told.hash, file).then(this.changed);   // nobody waits for it
  }

  // Why the judge cannot read here, "" if it can; a model whose judge cannot be had here draws without.
  #unread() {
    this.#judge ??= fetchedFile("judge").then((file) => this.pool.judge(file)).then(() => "", (error) => {
      this.#judge = null;   // whoever asks next may have more luck
      return error instanceof WeightsError ? error.message : NO_ANSWER;
    });
    return this.#judge;
  }

  // What is told of a student; a model whose student cannot be had here draws without.
  async #student({ name, steps }) {
    const entry = this.entry(name);
    await entry.done;
    return entry.state === "ready" ? { name, steps, ...entry.told } : null;
  }

  // From now on another student draws for a model, once it is here.
  async exchange(told, student) {
    told.student = await this.#student(student) ?? told.student;
  }

  // This model is not drawn here any more, for a reason that is a sentence.
  refuse(name, why) {
    Object.assign(this.entry(name), { state: "refused", why });
    this.changed();
  }

  // Try again what was refused.
  forgive() {
    for (const [name, { state }] of this.#entries) if (state === "refused") this.#entries.delete(name);
  }

  #miss(entry, error) {
    const isMissed = !(error instanceof WeightsError);
    Object.assign(entry, { state: "refused", why: isMissed ? NO_ANSWER : error.message, isMissed });
  }
}

const fetchedFile = (path) => fetched(path, (answer) => answer.arrayBuffer());

async function fetched(path, read) {
  const answer = await fetch(new URL(path, HERE));
  if (answer.ok) return read(answer);
  const { error } = await answer.json();
  throw new WeightsError(error);
}
