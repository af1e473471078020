SELECT field || letter || digest || CASE WHEN times > 1 THEN ':' || CAST(times AS STRING) ELSE '' END AS outcome FROM (SELECT field, letter, digest, COUNT(*) AS times FROM (SELECT field, CASE WHEN further = 1 THEN UPPER(kind) ELSE kind END AS letter,
    CASE WHEN kind IN ('h', 'z', 'r', 'b', 'w', 'v') THEN TO_HEX(SHA256(normal))
    WHEN kind = 'p' THEN cleaned ELSE '' END AS digest
    FROM (SELECT field, further, cleaned, normal, CASE field WHEN '0' THEN CASE WHEN cleaned IS NULL THEN 'n'
      WHEN LENGTH(cleaned) = 0 THEN 'm'
      WHEN LENGTH(cleaned) > 1000 THEN 'l'
      WHEN LENGTH(cleaned) = 64 AND REGEXP_CONTAINS(cleaned, '^[0-9a-fA-F]{64}$') THEN
        CASE WHEN LOWER(cleaned) = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' THEN 'y' ELSE 'p' END
      ELSE CASE WHEN LENGTH(normal) > 120 THEN 'l'
      WHEN REGEXP_CONTAINS(normal, '^[-!#-\'*+.-9=?^-~]+@([-!#-\'*+/-9=?^-~]+[.])+[-!#-\'*+/-9=?^-~]*[-!#-\'*+/=?^-~][-!#-\'*+/-9=?^-~]*$') THEN 'h'
      ELSE 'e' END END
WHEN '1' THEN CASE WHEN cleaned IS NULL THEN 'n'
      WHEN LENGTH(cleaned) = 0 THEN 'm'
      WHEN LENGTH(cleaned) > 1000 THEN 't'
      WHEN LENGTH(cleaned) = 64 AND REGEXP_CONTAINS(cleaned, '^[0-9a-fA-F]{64}$') THEN
        CASE WHEN LOWER(cleaned) = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' THEN 'y' ELSE 'p' END
      ELSE CASE WHEN STRPOS(LOWER(cleaned), 'e') > 0 AND REGEXP_CONTAINS(LOWER(cleaned), '^[-+]?([0-9]+([.,][0-9]*)?|[.,][0-9]+)e[-+]?[0-9]+$') THEN 'd'
      WHEN REGEXP_CONTAINS(digits, '^(0*|1*|2*|3*|4*|5*|6*|7*|8*|9*)$') THEN 't'
      WHEN normal IS NULL THEN 'n'
      WHEN LENGTH(normal) < 7 OR LENGTH(normal) > 15 THEN 't'
      
      WHEN STRPOS(cleaned, '.') > 0 AND REGEXP_CONTAINS(cleaned, '^[+]?[0-9]+[.]0+$') THEN CASE WHEN SUBSTR(normal, 1, 1) = '0' THEN 'b' ELSE 'r' END
      ELSE CASE WHEN SUBSTR(normal, 1, 1) = '0' THEN 'z' ELSE 'h' END END END END AS kind
    FROM (SELECT field, further, cleaned, digits, CASE field WHEN '0' THEN candidate
WHEN '1' THEN digits END AS normal
    FROM (SELECT field, further, cleaned, candidate, CASE field WHEN '0' THEN ''
WHEN '1' THEN REGEXP_REPLACE(candidate, '[^0-9]+', '') END AS digits
    FROM (SELECT field, further, cleaned,
    CASE WHEN LENGTH(cleaned) <= 1000 THEN CASE field WHEN '0' THEN CASE WHEN STRPOS(LOWER(cleaned), 'mailto:') = 1
      THEN TRIM(SUBSTR(LOWER(cleaned), 8), ' \t\n\v\f\r') ELSE LOWER(cleaned) END
WHEN '1' THEN CASE WHEN STRPOS(cleaned, '.') > 0 AND REGEXP_CONTAINS(cleaned, '^[+]?[0-9]+[.]0+$') THEN SUBSTR(cleaned, 1, STRPOS(cleaned, '.') - 1)
      WHEN STRPOS(cleaned, '(0)') > 0 AND STRPOS(cleaned, '+') > 0 THEN CASE WHEN STRPOS(SUBSTR(cleaned, STRPOS(cleaned, '+')), '(0)') = 0 THEN cleaned
    WHEN REGEXP_CONTAINS(SUBSTR(SUBSTR(cleaned, STRPOS(cleaned, '+')), 1, STRPOS(SUBSTR(cleaned, STRPOS(cleaned, '+')), '(0)') - 1), '[0-9]') THEN SUBSTR(cleaned, 1, STRPOS(cleaned, '+') + STRPOS(SUBSTR(cleaned, STRPOS(cleaned, '+')), '(0)') - 2) || SUBSTR(cleaned, STRPOS(cleaned, '+') + STRPOS(SUBSTR(cleaned, STRPOS(cleaned, '+')), '(0)') + 2) ELSE cleaned END
      ELSE cleaned END END ELSE NULL END AS candidate
    FROM (SELECT field, further,
    CASE WHEN value IS NULL THEN '' WHEN BYTE_LENGTH(value) = CHAR_LENGTH(value) THEN TRIM(value, ' \t\n\v\f\r') ELSE NULL END AS cleaned
    FROM (SELECT lineup_field AS field, lineup_value AS value, CASE WHEN lineup_place > 0 THEN 1 ELSE 0 END AS further
    FROM `shop.crm.members` AS lineup_member CROSS JOIN UNNEST(['0', '1']) AS lineup_field
    CROSS JOIN UNNEST(CASE lineup_field WHEN '0' THEN [COLLATE(lineup_member.`email`, '')] WHEN '1' THEN IF(ARRAY_LENGTH(lineup_member.`phones`) > 0, ARRAY(SELECT COLLATE(lineup_element, '') FROM UNNEST(lineup_member.`phones`) AS lineup_element), [CAST(NULL AS STRING)]) END) AS lineup_value WITH OFFSET AS lineup_place) AS given) AS cleaned_values) AS candidates) AS digits_of_phones) AS normal_forms) AS judged) AS outcomes
    GROUP BY field, letter, digest) AS counted
