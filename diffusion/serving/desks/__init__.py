"""The work of tabs whose pictures follow a slider: from what a page asks to a picture."""
