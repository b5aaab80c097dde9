"""What is seen of the page before Gradio has built it, and its header."""
