-- The triggers that the extension gpkg_rtree_index demands (OGC 12-128r18, annex F.3), so that whoever edits the file
-- keeps its index. The functions ST_… are the editing program's. Between two statements stand two semicolons.
CREATE TRIGGER "rtree_{table}_geom_insert" AFTER INSERT ON "{table}"
WHEN new.geom NOT NULL AND NOT ST_IsEmpty(new.geom)
BEGIN
    INSERT OR REPLACE INTO "rtree_{table}_geom"
    VALUES (new.fid, ST_MinX(new.geom), ST_MaxX(new.geom), ST_MinY(new.geom), ST_MaxY(new.geom));
END;;
CREATE TRIGGER "rtree_{table}_geom_update1" AFTER UPDATE OF geom ON "{table}"
WHEN old.fid = new.fid AND new.geom NOT NULL AND NOT ST_IsEmpty(new.geom)
BEGIN
    INSERT OR REPLACE INTO "rtree_{table}_geom"
    VALUES (new.fid, ST_MinX(new.geom), ST_MaxX(new.geom), ST_MinY(new.geom), ST_MaxY(new.geom));
END;;
CREATE TRIGGER "rtree_{table}_geom_update2" AFTER UPDATE OF geom ON "{table}"
WHEN old.fid = new.fid AND (new.geom IS NULL OR ST_IsEmpty(new.geom))
BEGIN
    DELETE FROM "rtree_{table}_geom" WHERE id = old.fid;
END;;
CREATE TRIGGER "rtree_{table}_geom_update3" AFTER UPDATE ON "{table}"
WHEN old.fid != new.fid AND new.geom NOT NULL AND NOT ST_IsEmpty(new.geom)
BEGIN
    DELETE FROM "rtree_{table}_geom" WHERE id = old.fid;
    INSERT OR REPLACE INTO "rtree_{table}_geom"
    VALUES (new.fid, ST_MinX(new.geom), ST_MaxX(new.geom), ST_MinY(new.geom), ST_MaxY(new.geom));
END;;
CREATE TRIGGER "rtree_{table}_geom_update4" AFTER UPDATE ON "{table}"
WHEN old.fid != new.fid AND (new.geom IS NULL OR ST_IsEmpty(new.geom))
BEGIN
    DELETE FROM "rtree_{table}_geom" WHERE id IN (old.fid, new.fid);
END;;
CREATE TRIGGER "rtree_{table}_geom_delete" AFTER DELETE ON "{table}"
WHEN old.geom NOT NULL
BEGIN
    DELETE FROM "rtree_{table}_geom" WHERE id = old.fid;
END
