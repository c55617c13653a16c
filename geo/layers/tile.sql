-- One vector tile of one collection. Bounds in metres of EPSG:3857: the tile, and the tile with the margin of
-- the clip; the selection uses that margin too, else neighbours' points are missing at the edges.
-- What a field could be called too begins with _, which no field's name does.
-- The placeholders `distinct`, `order` and `geometry` leave out what could not be seen at a low zoom; `labels` adds
-- label_points.sql where the registry asks for it.
-- What leaves nothing in the tile has no geometry there, and ST_AsMVT leaves it out by itself: asking for it here would
-- be computing it here, so that each shape would be clipped twice, which was half of a tile's time.
WITH wide AS (
    SELECT ST_MakeEnvelope(%(left)s::float8 - %(margin)s::float8, %(bottom)s::float8 - %(margin)s::float8, %(right)s::float8 + %(margin)s::float8, %(top)s::float8 + %(margin)s::float8, 3857) AS _box
),
chosen AS (
    SELECT {distinct} fid, geom_3857 {attributes}
    FROM {table}, wide
    WHERE geom_3857 && _box
    ORDER BY {order}
),
_drawn AS (
    SELECT
        fid,
        ST_AsMVTGeom(
            {geometry},
            ST_MakeEnvelope(%(left)s::float8, %(bottom)s::float8, %(right)s::float8, %(top)s::float8, 3857)::box2d,
            4096, 64, true
        ) AS geom
        {attributes}
    FROM chosen
    ORDER BY fid
)
SELECT ST_AsMVT(_drawn, %(layer)s::text, 4096, 'geom', 'fid') {labels} FROM _drawn
