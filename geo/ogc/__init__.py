"""OGC API Features and Tiles; the only room that knows pygeoapi."""
