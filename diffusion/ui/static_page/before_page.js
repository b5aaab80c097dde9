// Before anything is drawn: light or dark as the learner's machine is, and a word where nothing more could be loaded.
{
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => document.documentElement.classList.toggle("dark", dark.matches);
  dark.addEventListener("change", follow);
  follow();
  addEventListener("DOMContentLoaded", () => {
    document.getElementById("as-a-file").hidden = location.protocol !== "file:";
  });
}
