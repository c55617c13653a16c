"""Orthophoto flights: converted once to aligned COGs, served by slicing them."""
