-- More of the tile: one point inside each whole area, for its name, as a layer of its own. Counted in tiles from the
-- grid's north-western corner: by whole numbers every point lies in exactly one tile, so no neighbour repeats a name.
-- Its place in the tile is rounded down: a point on the far edge would be the neighbour's.
|| coalesce(
    (
        SELECT ST_AsMVT(_named, %(label_layer)s::text, 4096, 'geom', 'fid')
        FROM (
            SELECT fid, ST_MakePoint(floor((_x - %(column)s::float8) * 4096), floor((_y - %(row)s::float8) * 4096)) AS geom {attributes}
            FROM (
                SELECT
                    *,
                    (ST_X(_inner) + %(half)s::float8) / %(side)s::float8 AS _x,
                    (%(half)s::float8 - ST_Y(_inner)) / %(side)s::float8 AS _y
                FROM (SELECT *, ST_PointOnSurface(geom_3857) AS _inner FROM chosen) AS _inside
            ) AS _placed
            WHERE floor(_x) = %(column)s::float8 AND floor(_y) = %(row)s::float8
            ORDER BY fid
        ) AS _named
    ),
    ''::bytea
)
