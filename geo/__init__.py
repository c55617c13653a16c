"""The spatial core and the public features. One line per room, lowest first.

Imports run downward, siblings do not know each other; to reach sideways or upward, leave a job.

recent       what was used last, kept in memory up to a limit
copy_text    columns of values as the text that COPY takes
texts        the catalogue: every sentence for people, in Polish and English
templates    the registry's templates: which fields they name, what they say of a feature
errors       the tree of errors; a docstring is a message, a class knows its status and code
config_file  strict YAML: a mistake is reported with file, line and the nearest right word
confine/     a task in a child process that sees the files it is given, and nothing else
crs          coordinate reference systems, axis orders, and the one place Transformers are made
geometry     boxes with their CRS in their name, the outline of a box in another CRS
tiles        the WebMercatorQuad grid: tile ids, bounds, coverings
feature      what is published: Field, FeatureType, Collection
settings     how this installation runs, read once from config/town.yaml and the environment
registry     config/layers.yaml, one entry a collection, from which everything follows
deadline     the moment by which a request must be answered, for all that waits or computes for it
db           connections, transactions, the owner's role and the public role
prepared     statements that a connection prepares once and executes by name
editions     staged, published, previous: a collection is swapped as a whole
catalog      every published collection at one revision
deps         what every door is handed: settings, registry, database, catalog
jobs         a promise is a row: procrastinate on our own PostgreSQL
wording      features in words: headings, codes, dates and numbers as people write them
gazetteer    the search table that publishing fills: addresses, streets, parcels
http         problem+json, languages, ETags, security headers, the one frame of every page
tile_cache   finished tiles on disk, keyed by edition
auth/        who works here: accounts, roles, sessions, the audit table, the gate before every route
mail/        letters by e-mail: promised, sent by the worker, seen by staff
layers/      readers, checks, editions and vector tiles of vector layers
ortho/       flights: conversion to aligned COGs, slicing tiles out of them
reports/     citizen reports: sent, looked at, moved by one table, promised to the document workflow
ogc/         OGC API Features and Tiles; the only room that knows pygeoapi
wmts/        WMTS 1.0.0: the flights for QGIS and ArcGIS, out of the same tiles
downloads/   whole layers as files, prepared when they are published
map/         the residents' map: pages, style, search
"""
