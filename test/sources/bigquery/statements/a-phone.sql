SELECT field || letter || digest || CASE WHEN times > 1 THEN ':' || CAST(times AS STRING) ELSE '' END AS outcome FROM (SELECT field, letter, digest, COUNT(*) AS times FROM (SELECT field, kind AS letter,
    CASE WHEN kind IN ('h', 'z', 'r', 'b', 'w', 'v') THEN TO_HEX(SHA256(normal))
    WHEN kind = 'p' THEN cleaned ELSE '' END AS digest
    FROM (SELECT field, cleaned, normal, CASE WHEN cleaned IS NULL THEN 'n'
      WHEN LENGTH(cleaned) = 0 THEN 'm'
      WHEN LENGTH(cleaned) > 1000 THEN 't'
      WHEN LENGTH(cleaned) = 64 AND REGEXP_CONTAINS(cleaned, '^[0-9a-fA-F]{64}$') THEN
        CASE WHEN LOWER(cleaned) = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' THEN 'y' ELSE 'p' END
      ELSE CASE WHEN STRPOS(LOWER(cleaned), 'e') > 0 AND REGEXP_CONTAINS(LOWER(cleaned), '^[-+]?([0-9]+([.,][0-9]*)?|[.,][0-9]+)e[-+]?[0-9]+$') THEN 'd'
      WHEN REGEXP_CONTAINS(digits, '^(0*|1*|2*|3*|4*|5*|6*|7*|8*|9*)$') THEN 't'
      WHEN normal IS NULL THEN 'n'
      WHEN LENGTH(normal) < 7 OR LENGTH(normal) > 15 THEN 't'
      WHEN REGEXP_CONTAINS(normal, '^(0*|1*|2*|3*|4*|5*|6*|7*|8*|9*)$') THEN 't'
      WHEN STRPOS(cleaned, '.') > 0 AND REGEXP_CONTAINS(cleaned, '^[+]?[0-9]+[.]0+$') THEN CASE WHEN SUBSTR(normal, 1, 1) = '0' THEN 'b' ELSE 'r' END
      ELSE CASE WHEN SUBSTR(normal, 1, 1) = '0' THEN 'z' ELSE 'h' END END END AS kind
    FROM (SELECT field, cleaned, digits, CASE WHEN STRPOS(candidate, '+') > 0 THEN digits WHEN REGEXP_CONTAINS(digits, '^(0[1-9][0-9]{8,9})$') THEN '81' || SUBSTR(digits, 2)
      WHEN REGEXP_CONTAINS(digits, '^(00[0-9]*)$') THEN ''
      WHEN REGEXP_CONTAINS(digits, '^(81[1-9][0-9]{8,9})$') THEN digits ELSE NULL END AS normal
    FROM (SELECT field, cleaned, candidate, REGEXP_REPLACE(candidate, '[^0-9]+', '') AS digits
    FROM (SELECT field, cleaned,
    CASE WHEN LENGTH(cleaned) <= 1000 THEN CASE WHEN STRPOS(cleaned, '.') > 0 AND REGEXP_CONTAINS(cleaned, '^[+]?[0-9]+[.]0+$') THEN SUBSTR(cleaned, 1, STRPOS(cleaned, '.') - 1)
      WHEN STRPOS(cleaned, '(0)') > 0 AND STRPOS(cleaned, '+') > 0 THEN CASE WHEN STRPOS(SUBSTR(cleaned, STRPOS(cleaned, '+')), '(0)') = 0 THEN cleaned
    WHEN REGEXP_CONTAINS(SUBSTR(SUBSTR(cleaned, STRPOS(cleaned, '+')), 1, STRPOS(SUBSTR(cleaned, STRPOS(cleaned, '+')), '(0)') - 1), '[0-9]') THEN SUBSTR(cleaned, 1, STRPOS(cleaned, '+') + STRPOS(SUBSTR(cleaned, STRPOS(cleaned, '+')), '(0)') - 2) || SUBSTR(cleaned, STRPOS(cleaned, '+') + STRPOS(SUBSTR(cleaned, STRPOS(cleaned, '+')), '(0)') + 2) ELSE cleaned END
      ELSE cleaned END ELSE NULL END AS candidate
    FROM (SELECT field,
    CASE WHEN value IS NULL THEN '' WHEN BYTE_LENGTH(value) = CHAR_LENGTH(value) THEN TRIM(value, ' \t\n\v\f\r') ELSE NULL END AS cleaned
    FROM (SELECT '0' AS field, CAST(lineup_member.`phone` AS STRING) AS value FROM `shop.crm.members` AS lineup_member) AS given) AS cleaned_values) AS candidates) AS digits_of_phones) AS normal_forms) AS judged) AS outcomes
    GROUP BY field, letter, digest) AS counted
