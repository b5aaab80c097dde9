// The loss curve: raw points and a smoothed line on a canvas. Value: {step: [], loss: [], smooth: []}.

const plot = element.querySelector(".plot"), canvas = element.querySelector("canvas"), logBox = element.querySelector(".log");
const MARGIN = 44;

function draw() {
  plot.hidden = !props.value;
  if (!props.value) return;
  const { step, loss, smooth } = JSON.parse(props.value);
  const ratio = devicePixelRatio, width = canvas.clientWidth, height = canvas.clientHeight;
  if (!width || !step.length) return;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const context = canvas.getContext("2d"), style = getComputedStyle(element);
  context.scale(ratio, ratio);
  const scale = logBox.checked ? Math.log10 : (value) => value;
  const low = scale(Math.min(...loss, ...smooth)), high = scale(Math.max(...smooth.slice(0, 1), ...loss));
  const x = (value) => MARGIN + ((width - MARGIN - 10) * (value - step[0])) / Math.max(1, step.at(-1) - step[0]);
  const y = (value) => 10 + ((height - MARGIN) * (high - scale(value))) / Math.max(1e-9, high - low);

  context.font = `12px ${style.fontFamily}`;
  context.fillStyle = style.getPropertyValue("--body-text-color-subdued");
  context.strokeStyle = style.getPropertyValue("--border-color-primary");
  context.textAlign = "right";
  for (let i = 0; i <= 4; i++) {
    const level = low + ((high - low) * i) / 4, value = logBox.checked ? 10 ** level : level;
    context.beginPath();
    context.moveTo(MARGIN, y(value));
    context.lineTo(width - 10, y(value));
    context.stroke();
    context.fillText(value.toFixed(2), MARGIN - 6, y(value) + 4);
  }
  context.fillText(`step ${step.at(-1)}`, width - 10, height - 12);
  context.textAlign = "left";
  context.fillText(`${step[0]}`, MARGIN, height - 12);

  context.fillStyle = style.getPropertyValue("--noise");
  step.forEach((value, i) => context.fillRect(x(value) - 1, y(loss[i]) - 1, 2, 2));
  context.strokeStyle = style.getPropertyValue("--prediction");
  context.lineWidth = 2.5;
  context.beginPath();
  step.forEach((value, i) => context.lineTo(x(value), y(smooth[i])));
  context.stroke();
  canvas.setAttribute("aria-label", `Loss ${smooth.at(-1).toFixed(3)} after ${step.at(-1)} steps`);
}

logBox.addEventListener("change", draw);
new ResizeObserver(draw).observe(canvas);
watch("value", draw);
draw();
