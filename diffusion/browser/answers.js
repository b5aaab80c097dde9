// What a network answers is there at once, if it was computed here, or promised, if that is done elsewhere.

// act(answers): at once if all of them are there, else a promise of it. None is waited for before the others are asked.
export function whenThere(answers, act) {
  return answers.some((answer) => answer instanceof Promise) ? Promise.all(answers).then(act) : act(answers);
}
