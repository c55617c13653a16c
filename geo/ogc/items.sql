-- One page of a collection: first the revision, then a row for each feature, its text made here or read. The revision
-- comes with the page, so that whoever has not asked for it before knows whether this is still the table to read. One
-- feature more than asked for is read: it says whether there is a next page. Rows, not one text of all: PostgreSQL
-- copies that several times, which took most of the time of a large page. Appending keeps the order of its parts.
SELECT revision AS fid, NULL::text AS feature
FROM published.revision
UNION ALL
SELECT fid, {feature}
FROM ({page}) AS page
