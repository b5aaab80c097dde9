"""Parts of tabs that have a file of their own, and what they show as Gradio's updates."""
