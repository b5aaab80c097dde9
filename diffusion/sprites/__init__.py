"""The data: the painter of the built-in sprites, the readers of people's own, and the set that both give."""
