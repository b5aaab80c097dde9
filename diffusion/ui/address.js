// The page's address tells what is set in the open tab: it can be copied, sent, reloaded, and gone back to.
// window.address: open(tab, keys, values, beside) sets what it says as a tab opens, which is a place of its own to go
// back to; tell(the same) as something changes in it, once nothing has changed for a moment; stir(tab) says that
// something has changed in it: it is asked what is set, once nothing has changed for a moment, by a press of its button
// #tell-TAB, and answers by answer(as tell). Of a key that comes several times the values stand together, with commas;
// beside: a list of more, [key, value]. read(key): the text of a key in the address, or "". arrive(tab, readable):
// opens a tab, if one is named, and has its controls set as the address says, if it is readable; then begin(): from now
// on what is said counts, and so does the tab that somebody was quick to open. keep(key, value): sets one that stays,
// whatever tab is open. Where the address says so, what this browser has kept is forgotten first.
{
  const PAUSE_MS = 300, ANSWERED_MS = 1000, COPIED_MS = 2000;
  const TEACHERS = ["hide", "projector"];   // keys that a teacher has set: they stay even where all begins afresh
  const LASTING = ["__theme", "watch", "vote", "model", "lesson", ...TEACHERS];   // keys that belong to the whole page
  let begun = false;      // whether the page shows what its address says: until then nothing is written
  let early = null;       // the tab that was opened before, as it then said
  const read = (key) => new URLSearchParams(location.search).get(key) ?? "";

  let leaving = read("tab") || "noise";   // the tab that the address is about
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
    begun = true;
    if (early && early[0] === opened() && early[0] !== leaving) {
      open(...early);
      if (early[1].length) stir(early[0]);   // it may have changed since
    }
    inTurn(() => (leaving = opened() ?? leaving));
  }

  function open(...said) {
    if (!begun) return void (early = said);
    inTurn(async () => {
      if (said[0] === leaving) return said[1].length && writeSoon(said);
      await settle();   // the tab that is left is gone back to as it was
      leaving = said[0];
      history.pushState(null, "", addressOf(...whole(...said)));
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

  // What a tab tells; null where it does not, since Gradio has lost its server.
  function asked(tab) {
    return new Promise((resolve) => {
      answered = (...said) => said[0] === tab && resolve(whole(...said));
      setTimeout(resolve, ANSWERED_MS, null);
      document.querySelector(`#tell-${tab}`).click();
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
  window.address = { arrive, begin, open, tell, stir, answer: (...said) => answered?.(...said), read, keep };
  addEventListener("popstate", () => location.reload());
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
