-- What the peers read: plain tables of the same rows, in the order of the file, with one geometry column each,
-- because some of them take the first they find; typed, because others believe the column's type alone. {name} is
-- the collection, {table} its published edition.
DROP TABLE IF EXISTS bench.{name}, bench.{name_3857};
CREATE TABLE bench.{name} AS
    SELECT (row_number() OVER (ORDER BY id))::int AS id, {columns}, geom FROM layers.{table} ORDER BY 1;
CREATE TABLE bench.{name_3857} AS
    SELECT p.id, {prefixed}, t.geom_3857::geometry({kind}, 3857) AS geom
    FROM bench.{name} p JOIN layers.{table} t ON t.id = p.{key} ORDER BY 1;
ALTER TABLE bench.{name} ADD PRIMARY KEY (id);
ALTER TABLE bench.{name_3857} ADD PRIMARY KEY (id);
CREATE INDEX ON bench.{name} USING gist (geom);
CREATE INDEX ON bench.{name_3857} USING gist (geom);
ANALYZE bench.{name};
ANALYZE bench.{name_3857};
