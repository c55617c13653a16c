"""The residents' map: pages, style, search."""
