"""WMTS 1.0.0 (OGC 07-057r7): the flights for programs that read pictures in no other way."""
