"""The learner's browser as a device: kernels, network, samplers and judge in JavaScript, and the weights as sent there.

The arithmetic is kernels.c; `build_kernels.sh` makes the two .wasm files of it. A page imports device.js, which says
who draws, this browser or the server. What the rest of the lab computes with torch, each .js file names; tests hold
both to be equal.
"""
