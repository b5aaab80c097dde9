"""Trained models on disk and on the Hub, untrusted: checkpoints, course files, uploads, and the model card."""
