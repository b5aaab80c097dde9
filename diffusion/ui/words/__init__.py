"""The sentences that people read; their numbers come from the constants that they tell of."""
