// Nobody waits any more for what this browser computes in a lane of its device.
async () => {
  const [{ device }] = await modules("device.js");
  device.drop(words.lane);
}
