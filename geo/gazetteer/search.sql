-- Entries that have every word asked for, each perhaps only begun; the closest first.
SELECT layer, feature_id, kind, label, detail, ST_X(geom) AS lng, ST_Y(geom) AS lat, bbox, {whole_words} AS whole
FROM published.gazetteer
WHERE layer = ANY(%(layers)s) AND published.gazetteer_words(folded) @@ %(indexed)s::tsquery AND {conditions}
ORDER BY
    -- Who writes no house number means the place itself, in whatever order its words stand.
    (%(house)s OR {whole_words}) DESC,
    (%(house)s OR kind IN ('locality', 'street', 'district')) DESC,
    CASE
        WHEN strpos(folded, %(whole)s || ' ') > 0 THEN 0   -- as asked, word for word
        WHEN strpos(folded, %(whole)s) > 0 THEN 1          -- as asked, the last word begun
        WHEN {whole_words} THEN 2                           -- the words in another order
        ELSE 3
    END,
    array_position(ARRAY['locality', 'street', 'address', 'district', 'parcel'], kind) NULLS LAST,
    sort_key,
    layer,
    feature_id
LIMIT %(limit)s
