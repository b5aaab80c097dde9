"""The picture of the Context tab, which follows the sliders."""
