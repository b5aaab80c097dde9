"""The frontier: quality against network calls, with the sprites behind each point."""
