// The page's address tells what is set in the open tab: it can be copied, sent, reloaded, and gone back to.
// window.address: open(tab, keys, values, beside) sets what it says as a tab opens, which is a place of its own to go
// back to; tell(the same) as something changes in it, once nothing has changed for a moment. Of a key that comes several
// times the values stand together, with commas; beside: a list of more, [key, value]. read(key): the text of a key in
// the address, or "". arrive(tab, readable): opens a tab, if one is named, and has its controls set as the address says,
// if it is readable; then begin(): from now on what is written counts, and so does the tab that somebody was quick to
// open. keep(key, value): sets one that stays, whatever tab is open. Where the address says so, what this browser has
// kept is forgotten first.
{
  const PAUSE_MS = 300, COPIED_MS = 2000;
  const TEACHERS = ["hide", "projector"];   // keys that a teacher has set: they stay even where all begins afresh
  const LASTING = ["__theme", "watch", "vote", "model", "lesson", ...TEACHERS];   // keys that belong to the whole page
  let begun = false;      // whether the page shows what its address says: until then nothing is written
  let early = null;       // what would have been written then, [tab, keys, values]
  const read = (key) => new URLSearchParams(location.search).get(key) ?? "";

  let leaving = read("tab") || "noise";   // the tab that the address is about
  let coming = null, waiting = 0;         // the address that is to be written, if any; the timer until it is

  const asText = (value) => (typeof value === "boolean" ? String(Number(value)) : String(value ?? ""));

  function addressOf(tab, keys, values) {
    const told = new Map();
    keys.forEach((key, i) => told.set(key, [...(told.get(key) ?? []), asText(values[i])]));
    const url = new URL(location.href), kept = [...url.searchParams].filter(([key]) => LASTING.includes(key));
    url.search = "";
    for (const [key, value] of kept) url.searchParams.set(key, value);
    url.searchParams.set("tab", tab);
    for (const [key, texts] of told) {
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
    if (early && early[0] === opened() && early[0] !== leaving) write(...early);
    leaving = opened() ?? leaving;
  }

  function write(tab, keys, values) {
    if (!begun) return void (early = [tab, keys, values]);
    const url = addressOf(tab, keys, values), isOther = tab !== leaving;
    if (!isOther && !keys.length) return;
    if (isOther) settle();   // the tab that is left is gone back to as it was
    clearTimeout(waiting);
    leaving = tab;
    if (isOther) return history.pushState(null, "", url);
    coming = url;
    waiting = setTimeout(settle, PAUSE_MS);
  }

  // Has the address say at once what waits to be written.
  function settle() {
    if (coming) history.replaceState(null, "", coming);
    coming = null;
  }

  function open(tab, keys, values, beside = []) {
    write(tab, [...keys, ...beside.map(([key]) => key)], [...values, ...beside.map(([, value]) => value)]);
  }

  // Something may change in a tab while another one is open.
  function tell(tab, ...about) {
    if (tab === leaving) open(tab, ...about);
  }

  // Sets a key that belongs to the whole page, or takes it away.
  function keep(key, value) {
    settle();   // what waits was made without this key
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
  window.address = { arrive, begin, open, tell, read, keep };
  addEventListener("popstate", () => location.reload());
  document.addEventListener("click", ({ target }) => {
    const link = target.closest?.("#start-afresh");
    if (link) link.href = afresh();
  });
  document.addEventListener("click", async ({ target }) => {
    const button = target.closest?.("#copy-link");
    if (!button) return;
    settle();
    const name = button.textContent;
    await navigator.clipboard.writeText(location.href).then(
      () => (button.textContent = button.dataset.done),
      () => prompt(button.dataset.done, location.href),   // a browser that lets no page copy
    );
    setTimeout(() => (button.textContent = name), COPIED_MS);
  });
}
