"""Visitors: who asks, what is theirs alone, and how much room they may take."""
