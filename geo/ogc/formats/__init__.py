"""Features as files: GeoJSON, GeoJSON text sequences, CSV, FlatGeobuf, GeoPackage.

    table        which formats there are
    selecting    which features a file holds; they are read in batches, by their numbers
    lines        the formats that are text: PostgreSQL makes it
    flatgeobuf   ┐
    geopackage   ┘ the formats whose begin is known at their end
    making       one of them from a selection
    answers      a file as an HTTP answer

Whatever the number of features, a batch of them is in memory, and some bytes for each of the others.
"""
