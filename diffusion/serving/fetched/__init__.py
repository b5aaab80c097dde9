"""What pages fetch by themselves, past Gradio."""
