-- One declaration, one line of the file. Columns and codes: README.md beside this file.
WITH declaration AS (
    FROM read_csv(
        'df_syn_*_eng.csv*', delim = ',', quote = '"', escape = '"', comment = '', skip = 0, header = true,
        all_varchar = true, nullstr = ''
    )
)
SELECT
    "Declaration ID" AS consignment_id,
    "Date"::DATE::TIMESTAMP AT TIME ZONE 'UTC' AS declared_at,
    "Date"::DATE::TIMESTAMP AT TIME ZONE 'UTC' AS known_at,
    'import' AS regime,
    'KR' || lpad("Office ID", 3, '0') AS office,
    CASE "Mode of Transport"
        WHEN '10' THEN 'sea'
        WHEN '20' THEN 'rail'
        WHEN '30' THEN 'road'
        WHEN '40' THEN 'air'
        WHEN '50' THEN 'post'
        ELSE 'other'
    END AS mode,
    "Importer ID" AS importer_id,
    "Seller ID" AS exporter_id,
    "Declarant ID" AS declarant_id,
    "Courier ID" AS carrier_id,
    nullif("Country of Departure", 'ZZ') AS dispatch_country,
    'KR' AS destination_country,
    concat_ws('-', "Process Type", "Import Type", "Import Use") AS "procedure",
    "Payment Type" AS payment
FROM declaration
