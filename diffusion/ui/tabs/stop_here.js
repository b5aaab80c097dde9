// Nobody waits any more for the run of the Sample tab that this browser computes.
async () => {
  const { device } = await import(new URL("browser/code/device.js", document.baseURI));
  device.drop("sample");
}
