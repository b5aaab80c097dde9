// The learner's favourite sprites, in a strip: a click goes back to one, a button below it forgets it.
// pictures: JSON [{pixels, side, name}], pixels as base64; value: the index of the one that is meant by an event.

function tell(event, index) {
  props.value = String(index);
  trigger(event);
}

function makeFavourite({ pixels, side, name }, index) {
  const sprite = makeSprite(bytes(pixels), side);
  return make(
    "figure", "",
    makeButton(`Go back to ${name}`, () => tell("select", index), sprite),
    make("figcaption", "", name),
    makeButton(`Forget ${name}`, () => tell("delete", index), "Forget"),
  );
}

function show(pictures) {
  find("p").hidden = Boolean(pictures?.length);
  find(".strip").replaceChildren(...(pictures ?? []).map(makeFavourite));
}

follow("pictures", show);
