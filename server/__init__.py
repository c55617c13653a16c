"""Puts the parts together: app, worker, cli, the private cluster. Nobody imports it."""
