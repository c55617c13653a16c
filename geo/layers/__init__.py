"""Vector layers: readers, checks, editions, tiles."""
