-- The goods of a declaration: its only line. Columns, codes and the rate: README.md beside this file.
WITH rate AS (
    SELECT 1160 AS krw_per_usd -- a stated constant, not the rate of the day
),
declaration AS (
    FROM read_csv(
        'df_syn_*_eng.csv*', delim = ',', quote = '"', escape = '"', comment = '', skip = 0, header = true,
        all_varchar = true, nullstr = ''
    )
)
SELECT
    "Declaration ID" AS consignment_id,
    1 AS item_no,
    lpad("HS6 Code", 6, '0') AS hs6,
    nullif("Country of Origin", 'ZZ') AS origin_country,
    "Net Mass"::DOUBLE AS net_kg,
    "Item Price"::DOUBLE / krw_per_usd AS value_usd,
    "Tax Rate"::DOUBLE AS duty_rate,
    "Tax Type" AS duty_regime,
    "Country of Origin Indicator" AS origin_mark,
    "Date"::DATE::TIMESTAMP AT TIME ZONE 'UTC' AS known_at
FROM declaration, rate
