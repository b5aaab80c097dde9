"""What is said of who draws, the learner's browser or the server; the page fills in what stands in braces."""

STATES = {   # by the state of the browser's device, see browser/device.js
    "idle": "This browser draws, once it has fetched the model.",
    "ready": "This browser draws, in {workers}: that costs the server nothing.",
    "loading": "This browser fetches the model {name}; until it is here, the server draws.",
    "refused": "The server draws. {why}",
    "server": "The server draws, for all who use it.",
    "alone": "The server does not answer: this browser goes on alone.",
    "silent": "The server does not answer, and this browser has not got the model {name}.",
}
NOISE_STATES = STATES | {   # what one thinks by heart, the server alone works out
    "ready": "This browser guesses at each t, and denoises, in {workers}: that costs the server nothing.",
    "alone": "The server does not answer: this browser goes on alone, but for what one would think by heart.",
}
LOOK_STATES = STATES | {
    "ready": "This browser looks into the network: that costs the server nothing.",
    "loading": "This browser fetches the model {name}; until it is here, the server looks into the network.",
    "refused": "The server looks into the network. {why}",
    "server": "The server looks into the network, for all who use it.",
}
RACE_STATES = STATES | {   # all lanes run on the same device
    "ready": "This browser runs all lanes, in {workers}: that costs the server nothing. Long races the server runs.",
    "server": "The server runs all lanes, one race at a time.",
    "alone": "The server does not answer: it plans races, and tells what came of them.",
}
