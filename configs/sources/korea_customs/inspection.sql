-- Two findings per declaration, one for each of the two labels. Why all were inspected: README.md beside this file.
WITH declaration AS (
    SELECT
        "Declaration ID" AS id,
        "Date"::DATE::TIMESTAMP AT TIME ZONE 'UTC' + INTERVAL '23:59:59' AS evening,
        "Fraud" = '1' AS fraud,
        "Critical Fraud" = '2' AS critical_fraud
    FROM read_csv(
        'df_syn_*_eng.csv*', delim = ',', quote = '"', escape = '"', comment = '', skip = 0, header = true,
        all_varchar = true, nullstr = ''
    )
),
finding AS (
    SELECT id, evening, 'fraud' AS scheme, fraud AS confirmed FROM declaration
    UNION ALL
    SELECT id, evening, 'critical_fraud' AS scheme, critical_fraud AS confirmed FROM declaration
)
SELECT
    id AS inspection_id,
    id AS consignment_id,
    scheme,
    evening AS inspected_at,
    'officer' AS selected_by,
    CASE WHEN confirmed THEN 'confirmed' ELSE 'unfounded' END AS result,
    evening AS known_at
FROM finding
