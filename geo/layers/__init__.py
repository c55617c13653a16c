"""Vector layers: registry, readers, checks, editions, tiles."""
