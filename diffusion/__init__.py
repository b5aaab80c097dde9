"""Diffusion models of 16x16 game sprites: exact schedules and samplers, a small fast network, an app around them."""
