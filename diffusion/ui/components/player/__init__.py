"""The player: one canvas that shows runs, still pictures and series of pictures."""
