"""Pictures of many sprites: where their tiles lie, and cutting them out."""
