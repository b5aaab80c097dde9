// The controls of the page: a group of fields that show one value, found by the group's id, see plain_controls.py.

export const node = (id) => document.getElementById(id);

export const fieldsOf = (id) => [...node(id).querySelectorAll("input, select")];

export function read(id) {
  const [first, ...others] = fieldsOf(id);
  if (first.type === "checkbox") return first.checked;
  if (first.type === "radio") return [first, ...others].find((field) => field.checked).value;
  return first.type === "number" ? Number(first.value) : first.value;
}

export function write(id, value) {
  for (const field of fieldsOf(id)) {
    if (field.type === "checkbox") field.checked = value;
    else if (field.type === "radio") field.checked = field.value === value;
    else field.value = value;
  }
}

export const enable = (id, free) => fieldsOf(id).forEach((field) => (field.disabled = !free));

// A number as its field takes it: within its bounds, and on one of its steps.
function fitting({ value, min, max, step }) {
  const [low, high, stride] = [min, max, step].map(Number), steps = Math.round((Number(value) - low) / stride);
  return Number(Math.min(high, Math.max(low, low + steps * stride)).toFixed(2));
}

// The number beside a slider says the same; what is typed is made to fit once it is done.
document.addEventListener("input", ({ target }) => {
  if (target.matches(".control [type=range]")) write(target.closest(".control").id, target.value);
});
document.addEventListener("change", ({ target }) => {
  if (!target.matches(".control [type=number]")) return;
  write(target.closest(".control").id, fitting(target));
  target.dispatchEvent(new CustomEvent("settled", { bubbles: true }));
});

export function onChange(id, act) {
  const isNumber = fieldsOf(id).some((field) => field.type === "number");
  node(id).addEventListener(isNumber ? "settled" : "change", act);
  node(id).addEventListener("input", ({ target }) => target.type === "range" && act());
}
