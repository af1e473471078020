SELECT field || letter || digest || CASE WHEN times > 1 THEN ':' || CAST(times AS STRING) ELSE '' END AS outcome FROM (SELECT field, letter, digest, COUNT(*) AS times FROM (SELECT field, kind AS letter,
    CASE WHEN kind IN ('h', 'z', 'r', 'b', 'w', 'v') THEN TO_HEX(SHA256(normal))
    WHEN kind = 'p' THEN cleaned ELSE '' END AS digest
    FROM (SELECT field, cleaned, normal, CASE WHEN cleaned IS NULL THEN 'n'
      WHEN LENGTH(cleaned) = 0 THEN 'm'
      WHEN LENGTH(cleaned) > 1000 THEN 'l'
      WHEN LENGTH(cleaned) = 64 AND REGEXP_CONTAINS(cleaned, '^[0-9a-fA-F]{64}$') THEN
        CASE WHEN LOWER(cleaned) = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' THEN 'y' ELSE 'p' END
      ELSE CASE WHEN LENGTH(normal) > 120 THEN 'l'
      WHEN REGEXP_CONTAINS(normal, '^[-!#-\'*+.-9=?^-~]+@([-!#-\'*+/-9=?^-~]+[.])+[-!#-\'*+/-9=?^-~]*[-!#-\'*+/=?^-~][-!#-\'*+/-9=?^-~]*$') THEN 'h'
      ELSE 'e' END END AS kind
    FROM (SELECT field, cleaned, candidate AS normal FROM (SELECT field, cleaned,
    CASE WHEN LENGTH(cleaned) <= 1000 THEN CASE WHEN STRPOS(LOWER(cleaned), 'mailto:') = 1
      THEN TRIM(SUBSTR(LOWER(cleaned), 8), ' \t\n\v\f\r') ELSE LOWER(cleaned) END ELSE NULL END AS candidate
    FROM (SELECT field,
    CASE WHEN value IS NULL THEN '' WHEN BYTE_LENGTH(value) = CHAR_LENGTH(value) THEN TRIM(value, ' \t\n\v\f\r') ELSE NULL END AS cleaned
    FROM (SELECT '0' AS field, COLLATE(lineup_member.`email`, '') AS value FROM `shop.crm.members` AS lineup_member) AS given) AS cleaned_values) AS candidates) AS normal_forms) AS judged) AS outcomes
    GROUP BY field, letter, digest) AS counted
