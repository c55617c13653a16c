-- Words of the gazetteer that look like a misspelt one, whole or as far as it is typed.
SELECT DISTINCT word, least(word <-> %(word)s, left(word, length(%(word)s)) <-> %(word)s) AS distance
FROM published.gazetteer_word
WHERE layer = ANY(%(layers)s) AND length(word) >= length(%(word)s) - 2
ORDER BY distance, word
LIMIT 40
