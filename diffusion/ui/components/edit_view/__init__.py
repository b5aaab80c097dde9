"""The picture of the Edit tab."""
