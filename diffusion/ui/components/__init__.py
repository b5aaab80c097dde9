"""Gradio components of our own: a folder each, with its HTML, CSS and JavaScript, and its Python where it has some."""
