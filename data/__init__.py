"""Generators of data that the project makes itself."""
