// The learner's favourite sprites. pictures: JSON [{pixels, side, name}]; value: the index of the one that is meant.

function draw(canvas, { pixels, side }) {
  canvas.width = canvas.height = side;
  canvas.getContext("2d").putImageData(spriteImage(bytes(pixels), side), 0, 0);
}

function button(label, event, index) {
  const node = document.createElement("button");
  node.type = "button";
  node.setAttribute("aria-label", label);
  node.addEventListener("click", () => {
    props.value = String(index);
    trigger(event);
  });
  return node;
}

function show() {
  const pictures = props.pictures ? JSON.parse(props.pictures) : [];
  find("p").hidden = pictures.length > 0;
  find(".strip").replaceChildren(...pictures.map((picture, i) => {
    const figure = document.createElement("figure"), canvas = document.createElement("canvas");
    const caption = document.createElement("figcaption");
    const back = button(`Go back to ${picture.name}`, "select", i), away = button(`Forget ${picture.name}`, "delete", i);
    draw(canvas, picture);
    back.append(canvas);
    away.textContent = "Forget";
    caption.textContent = picture.name;
    figure.append(back, caption, away);
    return figure;
  }));
}

watch("pictures", show);
show();
