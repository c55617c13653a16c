"""The demo town: an invented Mikołów written in the formats of the real registers.

Rooms: `frame` (boundary, settlements), `noise`, `shapes`, `network` and `streets` (main roads, then the rest), `ground`
(blocks and their use), `plots` (cutting), `coverage` (one seamless mosaic), `districts`, `numbering` and `landuse`
(parcels), `buildings`, `names` and `naming`, `addresses`, `town` (all of it in order); `prg`, `egib`, `geojson` write
the registers; `palette`, `texture`, `scene`, `sheet`, `paint`, `ortho` make the flights.
"""
