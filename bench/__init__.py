"""Measurements beside peers: each module is one bench with a `main` and prints its own header."""
