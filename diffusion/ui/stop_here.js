// Nobody waits any more for what this browser computes in a lane of its device. The player keeps what was seen so far,
// and says where it was stopped; in place of the line below it comes what is returned.
async () => {
  const player = document.querySelector(`#${words.lane}-player .player`), said = player.classList.contains("under-way");
  player.dispatchEvent(new Event("stopped"));
  const [{ device }] = await modules("device.js");
  device.drop(words.lane);
  return said ? "" : same;
}
