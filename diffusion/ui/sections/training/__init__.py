"""Sections of the Train tab."""
