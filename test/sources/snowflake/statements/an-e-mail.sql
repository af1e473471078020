SELECT field || letter || digest || CASE WHEN times > 1 THEN ':' || TO_VARCHAR(times) ELSE '' END AS outcome FROM (SELECT field, letter, digest, COUNT(*) AS times FROM (SELECT field, kind AS letter,
    CASE WHEN kind IN ('h', 'z', 'r', 'b', 'w', 'v') THEN SHA2(normal, 256)
    WHEN kind = 'p' THEN cleaned ELSE '' END AS digest
    FROM (SELECT field, cleaned, normal, CASE WHEN cleaned IS NULL THEN 'n'
      WHEN LENGTH(cleaned) = 0 THEN 'm'
      WHEN LENGTH(cleaned) > 1000 THEN 'l'
      WHEN LENGTH(cleaned) = 64 AND REGEXP_LIKE(cleaned, '^[0-9a-fA-F]{64}$') THEN
        CASE WHEN LOWER(cleaned) = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' THEN 'y' ELSE 'p' END
      ELSE CASE WHEN LENGTH(normal) > 120 THEN 'l'
      WHEN REGEXP_LIKE(normal, '^[-!#-''*+.-9=?^-~]+@([-!#-''*+/-9=?^-~]+[.])+[-!#-''*+/-9=?^-~]*[-!#-''*+/=?^-~][-!#-''*+/-9=?^-~]*$') THEN 'h'
      ELSE 'e' END END AS kind
    FROM (SELECT field, cleaned, candidate AS normal FROM (SELECT field, cleaned,
    CASE WHEN LENGTH(cleaned) <= 1000 THEN CASE WHEN CHARINDEX('mailto:', LOWER(cleaned)) = 1
      THEN TRIM(SUBSTR(LOWER(cleaned), 8), ' \t\n\x0b\f\r') ELSE LOWER(cleaned) END ELSE NULL END AS candidate
    FROM (SELECT field,
    CASE WHEN value IS NULL THEN '' WHEN OCTET_LENGTH(value) = LENGTH(value) THEN TRIM(value, ' \t\n\x0b\f\r') ELSE NULL END AS cleaned
    FROM (SELECT '0' AS field, COLLATE(member."EMAIL", '') AS value FROM "SHOP"."CRM"."MEMBERS" AS member) AS given) AS cleaned_values) AS candidates) AS normal_forms) AS judged) AS outcomes
    GROUP BY field, letter, digest) AS counted
