"""The demo town: an invented Mikołów written in the formats of the real registers.

Rooms: `frame` (boundary, settlements), `noise`, `network` (roads and streets), `ground` (blocks and their use), `plots`
(cutting into parcels), `coverage` (one seamless mosaic), `districts`, `names` and `naming`, `buildings`, `addresses`,
`town` (all of it in order); `prg`, `egib`, `geojson` write registers; `texture`, `scene`, `paint`, `ortho` make the flights.
"""
