-- A place whose words are asked for, then its houses: those with the nearest numbers first.
SELECT layer, feature_id, kind, label, detail, ST_X(geom) AS lng, ST_Y(geom) AS lat, bbox, {whole_words} AS whole
FROM published.gazetteer
WHERE layer = ANY(%(layers)s) AND published.gazetteer_words(folded) @@ %(indexed)s::tsquery AND {conditions} AND kind IN ('locality', 'street', 'address')
ORDER BY
    NOT ({whole_words}),
    array_position(ARRAY['street', 'locality', 'address'], kind),
    CASE kind
        WHEN 'address' THEN abs(coalesce(substring(sort_key FROM '([0-9]{{6,9}})[^ ]*$')::integer, 0) - %(number)s)
        ELSE 0
    END,
    sort_key,
    layer,
    feature_id
LIMIT %(limit)s
