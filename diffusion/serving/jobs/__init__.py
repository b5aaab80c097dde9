"""Trainings as jobs: a queue apart from any page, what each shows as it goes, and what of it is on disk."""
