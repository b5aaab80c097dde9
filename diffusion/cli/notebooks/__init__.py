"""The course's four lessons as notebooks on this package: a readable .py each, whose cells begin with "# %%"."""
