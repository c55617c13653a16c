-- The files of a flight at one edition: the published edition's ({older}) without the new one, and the new one.
CREATE TABLE {table} (
    fid bigint PRIMARY KEY,
    id text NOT NULL UNIQUE,
    geom geometry(Polygon, 4326) NOT NULL,
    geom_3857 geometry(Polygon, 3857) NOT NULL GENERATED ALWAYS AS (ST_Transform(geom, 3857)) STORED,
    nazwa text NOT NULL,
    data_nalotu date,
    piksel_m double precision NOT NULL,
    cog text NOT NULL
);
INSERT INTO {table} (fid, id, geom, nazwa, data_nalotu, piksel_m, cog)
SELECT row_number() OVER (ORDER BY piksel_m, data_nalotu DESC NULLS LAST, id), id, geom, nazwa, data_nalotu, piksel_m, cog
FROM (
    SELECT id, geom, nazwa, data_nalotu, piksel_m, cog FROM {older} WHERE id <> {id}
    UNION ALL
    SELECT {id}, ST_GeomFromWKB({geom}, 4326), {nazwa}, {data_nalotu}, {piksel_m}, {cog}
) AS files;
CREATE INDEX {geom_index} ON {table} USING gist (geom);
CREATE INDEX {geom_3857_index} ON {table} USING gist (geom_3857);
ANALYZE {table};
