"""Bare Django: the least work that answers a request of each kind."""
