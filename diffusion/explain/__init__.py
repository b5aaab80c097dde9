"""What a tab works out to explain: activations, the posterior's thoughts, one batch, what goes wrong without a part."""
