// The page's address tells what is set in the open tab: it can be copied, sent, reloaded, and gone back to. A tab that
// opens is a place of its own to go back to. Once nothing has changed for a moment, the tab is asked what is set, by a
// press of its button #tell-TAB, and answers by answer(tab, keys, values, beside); of a key that comes several times
// the values stand together, with commas; beside: a list of more, [key, value].
// window.address: stir(tab) says that something has changed in a tab that nobody has changed by hand, which is seen;
// tell(as answer) says what is set in one that is not asked. read(key): the text of a key in the address, or "".
// arrive(tab, readable): opens a tab, if one is named, and has its controls set as the address says, if it is readable;
// then begin(): from now on what is set counts, and so does the tab that somebody was quick to open. keep(key, value):
// sets one that stays, whatever tab is open. Where the address says so, what this browser has kept is forgotten first.
{
  const FIRST = "noise", PAUSE_MS = 300, ANSWERED_MS = 1000, COPIED_MS = 2000;
  const GESTURES = ["input", "change", "click", "pointerup", "keyup"];
  const TEACHERS = ["hide", "projector"];   // keys that a teacher has set: they stay even where all begins afresh
  const LASTING = ["__theme", "watch", "vote", "model", "lesson", ...TEACHERS];   // keys that belong to the whole page
  let begun = false;      // whether the page shows what its address says: until then nothing is written
  let shown = FIRST;      // the tab that is open
  const read = (key) => new URLSearchParams(location.search).get(key) ?? "";

  let leaving = read("tab") || FIRST;   // the tab that the address is about
  let stirred = false;    // whether something has changed in it that it has not told
  let told = null;        // what it has told and the address does not say yet: [tab, keys, values]
  let waiting = 0;        // the timer until it does
  let answered = null;    // takes the answer of the tab that is asked
  let turn = Promise.resolve();   // what is said is written one after the other, since a tab takes a while to answer

  const inTurn = (act) => (turn = turn.then(act, act));
  const asText = (value) => (typeof value === "boolean" ? String(Number(value)) : String(value ?? ""));

  function whole(tab, keys, values, beside = []) {
    return [tab, [...keys, ...beside.map(([key]) => key)], [...values, ...beside.map(([, value]) => value)]];
  }

  function addressOf(tab, keys, values) {
    const together = new Map();
    keys.forEach((key, i) => together.set(key, [...(together.get(key) ?? []), asText(values[i])]));
    const url = new URL(location.href), kept = [...url.searchParams].filter(([key]) => LASTING.includes(key));
    url.search = "";
    for (const [key, value] of kept) url.searchParams.set(key, value);
    url.searchParams.set("tab", tab);
    for (const [key, texts] of together) {
      const text = texts.join().replace(/(,0)+$/, "");   // sliders that are hidden, or at 0
      if (text) url.searchParams.set(key, text);
    }
    return url;
  }

  const opened = () => document.querySelector("[role=tab][aria-selected=true]")?.id.match(/^tab-(.*)-button$/)?.[1];

  function arrive(tab, readable) {
    if (!tab) return begin();
    leaving = tab;
    document.querySelector(`#tab-${tab}-button`).click();
    if (readable.includes(tab)) document.querySelector(`#read-${tab}`).click();
    else begin();
  }

  function begin() {
    const quick = shown !== FIRST && shown !== leaving;
    begun = true;
    if (quick) open(shown);
    else inTurn(() => (leaving = shown));
  }

  function open(tab) {
    inTurn(async () => {
      if (!begun || tab === leaving) return;
      await settle();   // the tab that is left is gone back to as it was
      leaving = tab;
      history.pushState(null, "", addressOf(...(await asked(tab)) ?? [tab, [], []]));
    });
  }

  function tell(...said) {
    inTurn(() => isOpen(said[0]) && writeSoon(said));
  }

  function stir(tab) {
    inTurn(() => isOpen(tab) && askSoon());
  }

  // Something may change in a tab while another one is open.
  const isOpen = (tab) => begun && tab === leaving;

  function writeSoon(said) {
    told = whole(...said);
    settleSoon();
  }

  function askSoon() {
    stirred = true;
    settleSoon();
  }

  function settleSoon() {
    clearTimeout(waiting);
    waiting = setTimeout(() => inTurn(settle), PAUSE_MS);
  }

  // Has the address say at once what waits to be written.
  async function settle() {
    clearTimeout(waiting);
    if (stirred) told = await asked(leaving) ?? told;
    if (told) history.replaceState(null, "", addressOf(...told));
    stirred = false;
    told = null;
  }

  // What a tab tells; null where it does not: it has nothing to tell, or Gradio has lost its server.
  function asked(tab) {
    const button = document.querySelector(`#tell-${tab}`);
    return button && new Promise((resolve) => {
      answered = (...said) => said[0] === tab && resolve(whole(...said));
      setTimeout(resolve, ANSWERED_MS, null);
      button.click();
    });
  }

  // Sets a key that belongs to the whole page, or takes it away.
  function keep(key, value) {
    const url = new URL(location.href);
    if (value) url.searchParams.set(key, value);
    else url.searchParams.delete(key);
    history.replaceState(null, "", url);
  }

  // The address of the page as it comes, but for what a teacher has set.
  function afresh() {
    const url = new URL(location.href), kept = [...url.searchParams].filter(([key]) => TEACHERS.includes(key));
    url.search = new URLSearchParams(kept);
    return url;
  }

  // Once: the address says it no more, so that a reload keeps what is made from now on.
  if (read("forget") === "1") {
    localStorage.clear();
    keep("forget", "");
  }
  document.documentElement.classList.toggle("projector", read("projector") === "1");
  window.address = { arrive, begin, tell, stir, answer: (...said) => answered?.(...said), read, keep };
  addEventListener("popstate", () => location.reload());
  // Each control and tab could tell of itself, but Gradio goes through all of the page for each that it listens to.
  for (const gesture of GESTURES) {
    document.addEventListener(gesture, ({ target }) => {
      const panel = target.closest?.("[role=tabpanel]");
      if (panel) stir(panel.id.replace("tab-", ""));
    });
  }
  new MutationObserver(() => {
    const tab = opened() ?? shown;
    if (tab !== shown) open((shown = tab));
  }).observe(document, { subtree: true, attributeFilter: ["aria-selected"] });
  document.addEventListener("click", ({ target }) => {
    const link = target.closest?.("#start-afresh");
    if (link) link.href = afresh();
  });
  document.addEventListener("click", async ({ target }) => {
    const button = target.closest?.("#copy-link");
    if (!button) return;
    await inTurn(settle);
    const name = button.textContent;
    await navigator.clipboard.writeText(location.href).then(
      () => (button.textContent = button.dataset.done),
      () => prompt(button.dataset.done, location.href),   // a browser that lets no page copy
    );
    setTimeout(() => (button.textContent = name), COPIED_MS);
  });
}
