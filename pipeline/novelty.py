"""What a training row is known by beside its indicators: its office, and what may have been seen before."""

from __future__ import annotations

from features.asked import Asked
from models.judging import Beside
from models.selection import SelectionPolicy

# What the novelty report looks up in the past. The goods tuple says what came from where at which duty and mass, not
# who brought it nor at what price.
KEYS = {
    "goods": ["hs6", "dispatch_country", "origin_country", "duty_rate", "duty_regime", "net_kg"],
    "importer": ["importer_id"],
    "exporter": ["exporter_id"],
    "HS code": ["hs6"],
}
OF_THE_MAIN_ITEM = (
    *("hs6", "origin_country", "net_kg", "value_usd", "quantity", "duty_rate", "duty_regime", "origin_mark"),
    *("species", "product_form", "catch_area", "brand_id", "model"),
)
OF_THE_CONSIGNMENT = (
    *("importer_id", "exporter_id", "declarant_id", "carrier_id", "vessel_id", "office", "mode", "dispatch_country"),
    *("loading_port", "discharge_port", "gross_kg", "packages", "procedure", "payment"),
)


def beside(asked: Asked, policy: SelectionPolicy) -> Beside:
    """Office and identities of each question, as they were visible at its cut-off; a column never filled is left out
    unless a key names it."""
    columns = {
        **{name: asked.main_item[name] for name in OF_THE_MAIN_ITEM},
        **{name: asked.consignment[name] for name in OF_THE_CONSIGNMENT},
    }
    named = {name for columns_of_key in KEYS.values() for name in columns_of_key}
    kept = {name: column for name, column in columns.items() if name in named or column.null_count() < len(column)}
    identity = asked.consignment.select(**kept).to_pandas()
    return Beside(asked.consignment["office"].fill_null("").to_numpy(), policy, identity, KEYS)
