// What every component's JavaScript begins with: finding and making elements, bytes, and pixels as a picture.

const find = (selector) => element.querySelector(selector);
const bytes = (base64) => Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));

function make(tag, className = "", text = "") {
  const node = document.createElement(tag);
  node.className = className;
  node.textContent = text;
  return node;
}

// Sprite k of those whose red, green and blue follow each other in `pixels`.
function spriteImage(pixels, side, k = 0) {
  const image = new ImageData(side, side);
  for (let i = 0, j = 3 * side * side * k; i < image.data.length; i += 4, j += 3) {
    image.data[i] = pixels[j];
    image.data[i + 1] = pixels[j + 1];
    image.data[i + 2] = pixels[j + 2];
    image.data[i + 3] = 255;
  }
  return image;
}

