"""Training: the loop and its recipes, optimizer and batches, students, and what is kept of a run as it goes."""
