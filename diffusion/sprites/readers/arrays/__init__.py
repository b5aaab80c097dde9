"""Sprites kept as numbers, by themselves or with their labels."""
