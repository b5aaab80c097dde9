// Following what is wanted: while it changes it is drawn quickly, one question at a time and always the newest; when it
// rests it is drawn in full. An answer is shown only if it still says something new.

const RESTS_MS = 250, RELEASED_MS = 40, BUSY_MS = 500;

class Pursuit {
  wanted = "";           // the text of what is wanted
  #refining = "";        // the text of what is being drawn in full
  #shown = { about: "", final: false };   // what was answered last, and whether in full
  #asking = false;       // whether a quick answer is under way
  #held = false;         // whether the pointer is down
  #releasedAt = 0;       // ms
  #rest = 0;             // the timer until it rests

  // quick(), full(): promises of the answer to what is wanted by now; an answer says itself whether it is `final`, and
  // one that is `superseded` is none; where the server was too `busy`, or what came `isPart` of one, it is asked again.
  // show(answer, final); rests(): called when nothing has changed for a moment.
  constructor({ quick, full, show, rests }) {
    Object.assign(this, { quick, full, show, rests });
    document.addEventListener("pointerdown", () => (this.#held = true), true);
    for (const name of ["pointerup", "pointercancel"]) document.addEventListener(name, () => this.#release(), true);
  }

  want(about) {
    if (about === this.wanted) return;
    this.wanted = about;
    this.#drawQuickly();
    this.#restSoon();
  }

  async #drawQuickly() {
    if (this.#asking) return;
    this.#asking = true;
    for (let asked = ""; asked !== this.wanted && this.#shown.about !== this.wanted; ) {
      asked = this.wanted;
      const about = asked, answer = await this.quick();
      requestAnimationFrame(() => this.#isFinal() || this.#tell(answer, about));   // the next question goes out first
      if (answer.busy || answer.isPart) asked = "";
      if (answer.busy) await new Promise((resolve) => setTimeout(resolve, BUSY_MS));
    }
    this.#asking = false;
  }

  // Whether all that is wanted has been shown; an answer that comes later is out of date.
  #isFinal() {
    return this.#shown.final && this.#shown.about === this.wanted;
  }

  async #refine() {
    const about = this.wanted;
    if (this.#held || this.#isFinal() || about === this.#refining) return;
    this.#refining = about;
    const answer = await this.full();
    this.#refining = "";
    if (about !== this.wanted) return;   // it has gone on
    if (answer.superseded) return this.#refine();   // and has come back
    this.#tell(answer, about);
    if (answer.busy) this.#restSoon();
  }

  #tell(answer, about) {
    if (answer.superseded) return;
    this.#shown = { about: answer.busy || answer.isPart ? "" : about, final: Boolean(answer.final) };
    this.show(answer, this.#shown.final);
  }

  #restSoon() {
    clearTimeout(this.#rest);
    const justReleased = performance.now() - this.#releasedAt < RESTS_MS;
    if (!this.#held) this.#rest = setTimeout(() => this.#settle(), justReleased ? RELEASED_MS : RESTS_MS);
  }

  #settle() {
    this.rests();
    this.#refine();
  }

  #release() {
    this.#held = false;
    this.#releasedAt = performance.now();
    if (this.wanted) this.#restSoon();
  }
}
