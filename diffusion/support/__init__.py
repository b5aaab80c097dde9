"""Tools that know nothing of diffusion: checks, device, files, pictures, progress, wording."""
