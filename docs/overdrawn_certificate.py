# %% [markdown]
# # One over-drawn certificate, from end to end
#
# A catch certificate says how many kilograms of a species, as live weight, a voyage may land. Whoever lands part of the
# catch cites its number. When all that cite it have landed more than it certifies, something that nobody certified has
# come in. This page follows one such number through an invented world, as an officer would read it: what was known on
# which day, and what the list said of it. It is made by running `docs/overdrawn_certificate.py`:
#
# ```sh
# .venv/bin/python -m pipeline.walk docs/overdrawn_certificate.py    # about half a minute
# ```

# %%
from datetime import timedelta
from pathlib import Path

import polars as pl

from features.cutoffs import cutoff_of
from features.ledger import balances, entries
from pipeline.house import House
from pipeline.options import options_of
from pipeline.settings import load_settings
from pipeline.world import make_world

inputs, home = Path("inputs"), Path("home")
make_world(seed=7, consignments=8000, out=inputs)
house = House(inputs, home, load_settings([]))
options = options_of(house.settings)
tables = house.read(cutoff_of("2024-12-31", house.settings.cutoff), "rank").tables


def show(rows):
    """A table in plain text, numbers to the right."""
    cells = [list(rows.columns), *[[told(value) for value in row] for row in rows.iter_rows()]]
    widths = [max(len(line[place]) for line in cells) for place in range(rows.width)]
    right = [dtype.is_numeric() for dtype in rows.dtypes]
    for line in cells:
        padded = [cell.rjust(w) if r else cell.ljust(w) for cell, w, r in zip(line, widths, right, strict=True)]
        print("  ".join(padded).rstrip())


def told(value):
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.0f}"
    return f"{value:%Y-%m-%d %H:%M}" if hasattr(value, "year") else str(value)


# %% [markdown]
# ## Which one
#
# Every certificate has a ledger: what it certifies, and who drew on it, in the order in which that became known. At the
# end of the year some ledgers are over-drawn by more than 5 %. Most of these are in order: numbers are mistyped, some
# voyages are certified for too little, and factors from product to live weight are averages. An over-draw is a
# question, not a verdict. For the story we take, with the truth in hand, one that a smuggler over-drew: the one that
# most consignments cite.

# %%
LEDGER = ["issuer_country", "number", "species"]


def books(cutoff):
    """Per consignment and certificate what the ledger says of it at a cut-off."""
    drawers = entries(tables, options).select(consignment_id="unit").unique().sort("consignment_id")
    asked = drawers.with_columns(cutoff=pl.lit(cutoff))
    found = balances(tables, options, asked).with_columns(pl.col("certified_g").replace(0, None))
    return (
        asked.with_row_index("question")
        .join(found, on="question")
        .with_columns(
            drawn=pl.col("drawn_g") / pl.col("certified_g"), in_turn=pl.col("in_turn_g") / pl.col("certified_g")
        )
    )


truth = pl.read_parquet("inputs.truth.parquet").filter(scheme="marine_smuggling")
over = books(cutoff_of("2024-12-31", house.settings.cutoff)).filter(pl.col("drawn") > 1.05, pl.col("citing") > 1)
first_over = (
    over.filter(pl.col("in_turn") > 1.05)
    .sort(*LEDGER, "in_turn_g")
    .unique(LEDGER, keep="first", maintain_order=True)
    .join(truth, on="consignment_id", how="left")
)
smuggled = first_over.drop_nulls("mechanism")
print(f"{first_over.height} certificates with several consignments are over-drawn by more than 5 %; ", end="")
print(f"{smuggled.height} of them by a smuggler")
chosen = smuggled.sort("citing", *LEDGER, descending=[True, False, False, False]).row(0, named=True)
suspect = chosen["consignment_id"]
print(f"We follow {chosen['issuer_country']} {chosen['number']} for {chosen['species']}")

# %% [markdown]
# ## Who certified what
#
# The papers that bear the number, one for each consignment that presented it. They name one vessel and one weight, as
# they should: it is one certificate. Its vessel made two voyages on it, two months apart, which can be lawful.

# %%
from features.asof import newest
from features.document_numbers import normalised


def known(name, key, cutoff):
    return newest(tables[name], key, cutoff)


end = cutoff_of("2024-12-31", house.settings.cutoff)
papers = known("document", ["document_id"], end).with_columns(code=normalised(pl.col("number")))
papers = papers.filter(pl.col("code") == chosen["number"], pl.col("issuer_country") == chosen["issuer_country"])
lines = known("document_line", ["document_id", "line_no"], end).filter(species=chosen["species"])
certificates = papers.join(lines, on="document_id").sort("issued_at", "document_id")
assert certificates["vessel_id"].n_unique() == certificates["live_kg"].n_unique() == 1
assert certificates["catch_from"].n_unique() == 2
show(
    certificates.select(
        "consignment_id", "issuer", "form", "vessel_id", "catch_from", "catch_to", "issued_at", certified_kg="live_kg"
    )
)

# %% [markdown]
# ## Who drew on it, in which order
#
# The turn of a consignment is the moment at which it was first known to cite the number. Its live weight is the net
# weight of its goods by the factor of their form. The last column is what had been drawn with it, of what is certified.
# The vessel is the one that the goods came with, where the declaration names it.

# %%
ledger = entries(tables, options).filter(number=chosen["number"], species=chosen["species"], withdrawn=False)
turns = ledger.group_by("unit").agg(pl.col("first_known_at").min(), draw_g=pl.col("draw_g").last())
consignments = known("consignment", ["consignment_id"], end).select("consignment_id", "vessel_id", "discharge_port")
goods = known("goods_item", ["consignment_id", "item_no"], end).filter(species=chosen["species"])
goods = goods.group_by("consignment_id").agg(pl.col("product_form").first(), pl.col("net_kg").sum())
drawn = (
    turns.sort("first_known_at", "unit")
    .with_columns(live_kg=pl.col("draw_g") / 1000, so_far_kg=pl.col("draw_g").cum_sum() / 1000)
    .with_columns(percent=(pl.col("so_far_kg") * 100_000 / chosen["certified_g"]).round())
    .join(consignments, left_on="unit", right_on="consignment_id", maintain_order="left")
    .join(goods, left_on="unit", right_on="consignment_id", maintain_order="left")
)
columns = ("vessel_id", "discharge_port", "product_form", "net_kg", "live_kg", "so_far_kg", "percent")
show(drawn.select(pl.col("unit").alias("consignment"), pl.col("first_known_at").alias("known"), *columns))
turn = drawn.row(by_predicate=pl.col("unit") == suspect, named=True)["first_known_at"]
carrier = drawn.row(by_predicate=pl.col("unit") == suspect, named=True)["vessel_id"]
assert carrier != certificates["vessel_id"][0]
print(f"\nThe first that goes over is {suspect}, and it came with another vessel than the certificate names.")

# %% [markdown]
# ## The night before
#
# What the list could know at the last cut-off before that. The consignment had not been declared, and on the number
# weight was left: each landing so far fits. The ledger has nothing to say, and must not.

# %%
from pipeline.explain import explain

tonight = cutoff_of(f"{turn:%Y-%m-%d}", house.settings.cutoff)
tonight = tonight if turn <= tonight else tonight + timedelta(days=1)
before = tonight - timedelta(days=1)
print(f"tidewaiter explain {suspect} --as-of {before:%Y-%m-%d}: {explain(house, suspect, before).not_listed}")
then = books(before).filter(number=chosen["number"], species=chosen["species"])
print(f"{then.height} consignments cite the number at {before:%Y-%m-%d %H:%M} UTC:")
for row in then.sort("in_turn_g").iter_rows(named=True):
    print(f"  {row['consignment_id']}: {row['in_turn']:.0%} drawn with it")
assert suspect not in then["consignment_id"].to_list()
assert then["drawn"].max() <= 1

# %% [markdown]
# ## The night itself
#
# `tidewaiter explain` tells all that the list rests on; here are the sentences about the number and its vessel. Each
# comes with what to look at first, and with its evidence. This home has learned no model, so the list is ordered by the
# rules; with a model the same sentences are the reasons on the list, the strongest first.

# %%
explanation = explain(house, suspect, tonight)
row = explanation.row
print(f"{suspect} at {explanation.as_of:%Y-%m-%d %H:%M} UTC: {row['office']} #{row['rank']}, ", end="")
print(f"chosen by {row['selected_by']}" if row["selected"] else "not chosen", f"({row['abstained']})")
indicators = {one.indicator.name: one for family in explanation.indicators.values() for one in family}
sentences = (
    "certificate_drawn_share_in_turn",
    "certificate_overdrawn_kg",
    "same_number_other_holders",
    "iuu_list_hit",
)
for name in sentences:
    one = indicators[name]
    print(f"\n{name} ({one.indicator.code or 'no code'})\n  {one.text}\n  First: {one.indicator.check}")
evidence = indicators["certificate_drawn_share_in_turn"].evidence
print("\nEvidence:", *evidence, sep="\n  ")

# %% [markdown]
# The evidence is the keys of the rows that the sentence rests on: the declaration, its goods, its own paper, and the
# papers of the others. The officer lays these side by side: the certificate is of a vessel that these goods never saw.
#
# ## What the reconciliation says of it
#
# Three weeks later the exporting customs have told what they cleared. `tidewaiter reconcile` holds that against what
# was landed, and here it is content: the consignment has an export entry of its own, of the right weight. A certificate
# that serves again leaves no trace in the entries. That is why the ledger is kept beside the three-way match.

# %%
from features.reconciliation import ReconcileOptions, reconcile

later = tonight + timedelta(days=21)
report = reconcile(tables, later, options, ReconcileOptions(days=120))
for name in ("landings", "weights", "species"):
    key = "lot" if name == "species" else "row"
    for found in report.tables[name].filter(pl.col(key) == suspect).iter_rows(named=True):
        print(f"{name}: {found['state']}", f"({found['entry_numbers']}, {found['kg']:,.0f} kg)")
        assert found["state"] in ("entry found", "agrees")

# %% [markdown]
# ## What is true
#
# The truth lies beside the world, and no feature reads it. M2 is catch landed on a certificate that was used up by
# others. M5 is another scheme, a vessel that sails under an identity not its own.

# %%
show(
    drawn.select(consignment_id="unit")
    .join(truth, on="consignment_id", how="left", maintain_order="left")
    .select(pl.col("consignment_id").alias("consignment"), mechanism=pl.col("mechanism").fill_null("in order"))
)

# %% [markdown]
# So the ledger named the first consignment that took more than there was, on the night on which it was known, and none
# before it. What the others did is for other indicators to find: [indicators](indicators.md) says what each reads.
