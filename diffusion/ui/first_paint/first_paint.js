// Fills in what is seen first, and takes it away once the page itself shows the drawing; first_paint.py gives texts and
// pictures, by selectors. Where the address asks for something else, the tabs' names alone are seen; where it asks for
// another look, nothing is.
{
  const LONGEST_MS = 20_000, LOOKS = ["hide", "projector"];
  const paint = document.getElementById("first-paint"), { texts, pictures } = FILLING;
  const asked = new URLSearchParams(location.search), theme = asked.get("__theme");
  const isDark = theme === "dark" || (theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  paint.classList.toggle("dark", isDark);
  for (const [selector, text] of Object.entries(texts)) paint.querySelector(selector).textContent = text;
  for (const [selector, picture] of Object.entries(pictures)) {
    paint.querySelector(selector).style.backgroundImage = `url(${picture})`;
  }
  asked.delete("__theme");
  paint.querySelector(`[data-tab="${CSS.escape(asked.get("tab") ?? "noise")}"]`)?.classList.add("open");
  if (asked.size) paint.querySelector(".dissolve").remove();
  if (LOOKS.some((key) => asked.has(key))) paint.remove();
  document.addEventListener("noised", () => requestAnimationFrame(() => {
    if (document.querySelector("#dissolve .noised[data-t]")) paint.remove();
  }));
  setTimeout(() => paint.remove(), LONGEST_MS);
}
