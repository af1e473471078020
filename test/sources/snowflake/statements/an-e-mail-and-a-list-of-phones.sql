SELECT field || letter || digest || CASE WHEN times > 1 THEN ':' || TO_VARCHAR(times) ELSE '' END AS outcome FROM (SELECT field, letter, digest, COUNT(*) AS times FROM (SELECT field, CASE WHEN further = 1 THEN UPPER(kind) ELSE kind END AS letter,
    CASE WHEN kind IN ('h', 'z', 'r', 'b', 'w', 'v') THEN SHA2(normal, 256)
    WHEN kind = 'p' THEN cleaned ELSE '' END AS digest
    FROM (SELECT field, further, cleaned, normal, CASE field WHEN '0' THEN CASE WHEN cleaned IS NULL THEN 'n'
      WHEN LENGTH(cleaned) = 0 THEN 'm'
      WHEN LENGTH(cleaned) > 1000 THEN 'l'
      WHEN LENGTH(cleaned) = 64 AND REGEXP_LIKE(cleaned, '^[0-9a-fA-F]{64}$') THEN
        CASE WHEN LOWER(cleaned) = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' THEN 'y' ELSE 'p' END
      ELSE CASE WHEN LENGTH(normal) > 120 THEN 'l'
      WHEN REGEXP_LIKE(normal, '^[-!#-''*+.-9=?^-~]+@([-!#-''*+/-9=?^-~]+[.])+[-!#-''*+/-9=?^-~]*[-!#-''*+/=?^-~][-!#-''*+/-9=?^-~]*$') THEN 'h'
      ELSE 'e' END END
WHEN '1' THEN CASE WHEN cleaned IS NULL THEN 'n'
      WHEN LENGTH(cleaned) = 0 THEN 'm'
      WHEN LENGTH(cleaned) > 1000 THEN 't'
      WHEN LENGTH(cleaned) = 64 AND REGEXP_LIKE(cleaned, '^[0-9a-fA-F]{64}$') THEN
        CASE WHEN LOWER(cleaned) = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' THEN 'y' ELSE 'p' END
      ELSE CASE WHEN CHARINDEX('e', LOWER(cleaned)) > 0 AND REGEXP_LIKE(LOWER(cleaned), '^[-+]?([0-9]+([.,][0-9]*)?|[.,][0-9]+)e[-+]?[0-9]+$') THEN 'd'
      WHEN REGEXP_LIKE(digits, '^(0*|1*|2*|3*|4*|5*|6*|7*|8*|9*)$') THEN 't'
      WHEN normal IS NULL THEN 'n'
      WHEN LENGTH(normal) < 7 OR LENGTH(normal) > 15 THEN 't'
      
      WHEN CHARINDEX('.', cleaned) > 0 AND REGEXP_LIKE(cleaned, '^[+]?[0-9]+[.]0+$') THEN CASE WHEN SUBSTR(normal, 1, 1) = '0' THEN 'b' ELSE 'r' END
      ELSE CASE WHEN SUBSTR(normal, 1, 1) = '0' THEN 'z' ELSE 'h' END END END END AS kind
    FROM (SELECT field, further, cleaned, digits, CASE field WHEN '0' THEN candidate
WHEN '1' THEN digits END AS normal
    FROM (SELECT field, further, cleaned, candidate, CASE field WHEN '0' THEN ''
WHEN '1' THEN REGEXP_REPLACE(candidate, '[^0-9]+', '') END AS digits
    FROM (SELECT field, further, cleaned,
    CASE WHEN LENGTH(cleaned) <= 1000 THEN CASE field WHEN '0' THEN CASE WHEN CHARINDEX('mailto:', LOWER(cleaned)) = 1
      THEN TRIM(SUBSTR(LOWER(cleaned), 8), ' \t\n\x0b\f\r') ELSE LOWER(cleaned) END
WHEN '1' THEN CASE WHEN CHARINDEX('.', cleaned) > 0 AND REGEXP_LIKE(cleaned, '^[+]?[0-9]+[.]0+$') THEN SUBSTR(cleaned, 1, CHARINDEX('.', cleaned) - 1)
      WHEN CHARINDEX('(0)', cleaned) > 0 AND CHARINDEX('+', cleaned) > 0 THEN CASE WHEN CHARINDEX('(0)', SUBSTR(cleaned, CHARINDEX('+', cleaned))) = 0 THEN cleaned
    WHEN REGEXP_INSTR(SUBSTR(SUBSTR(cleaned, CHARINDEX('+', cleaned)), 1, CHARINDEX('(0)', SUBSTR(cleaned, CHARINDEX('+', cleaned))) - 1), '[0-9]') > 0 THEN SUBSTR(cleaned, 1, CHARINDEX('+', cleaned) + CHARINDEX('(0)', SUBSTR(cleaned, CHARINDEX('+', cleaned))) - 2) || SUBSTR(cleaned, CHARINDEX('+', cleaned) + CHARINDEX('(0)', SUBSTR(cleaned, CHARINDEX('+', cleaned))) + 2) ELSE cleaned END
      ELSE cleaned END END ELSE NULL END AS candidate
    FROM (SELECT field, further,
    CASE WHEN value IS NULL THEN '' WHEN OCTET_LENGTH(value) = LENGTH(value) THEN TRIM(value, ' \t\n\x0b\f\r') ELSE NULL END AS cleaned
    FROM (SELECT which.field AS field, CASE which.field WHEN '0' THEN given_member.value_0 WHEN '1' THEN CASE WHEN element.value IS NULL OR TYPEOF(element.value) = 'NULL_VALUE' THEN NULL
    WHEN TYPEOF(element.value) IN ('VARCHAR', 'INTEGER', 'BOOLEAN') THEN element.value::VARCHAR ELSE '…' END END AS value, CASE WHEN element.index > 0 THEN 1 ELSE 0 END AS further
    FROM (SELECT COLLATE(member."EMAIL", '') AS value_0, member."PHONES"::VARIANT AS value_1 FROM "SHOP"."CRM"."MEMBERS" AS member) AS given_member
    CROSS JOIN (VALUES ('0'), ('1')) AS which (field), LATERAL FLATTEN(INPUT => CASE which.field WHEN '0' THEN NULL WHEN '1' THEN given_member.value_1 END, OUTER => TRUE) AS element) AS given) AS cleaned_values) AS candidates) AS digits_of_phones) AS normal_forms) AS judged) AS outcomes
    GROUP BY field, letter, digest) AS counted
