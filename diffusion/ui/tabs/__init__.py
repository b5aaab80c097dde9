"""The tabs of the app, a file each; they share sections, components and controls, and never import each other."""
