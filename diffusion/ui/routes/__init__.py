"""What the app answers beside Gradio: plain addresses."""
