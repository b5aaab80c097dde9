"""The geometry of diffusion, on paper."""
