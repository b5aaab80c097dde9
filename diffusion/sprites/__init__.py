"""The data: the painter of the built-in set, and readers for people's own sprites."""
