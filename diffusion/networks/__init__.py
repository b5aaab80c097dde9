"""nn.Modules only: the default network, the course's, and the account that a network gives of its own blocks."""
