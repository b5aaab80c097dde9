"""Parts of the Context tab: its controls and its map, the path from one mix to another, what guidance does."""
