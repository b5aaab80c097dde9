"""What a page shows, as a short Python script against the public API that gives the very same pixels."""
