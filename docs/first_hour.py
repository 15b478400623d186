# %% [markdown]
# # The first hour
#
# From an invented world to a changed feature, a retrained model, a fair comparison and a night's list, with the
# functions that the verbs of the command line call. This page is made by running `docs/first_hour.py`, which any editor
# that knows percent cells can run cell by cell:
#
# ```sh
# make setup
# .venv/bin/python -m pipeline.walk docs/first_hour.py    # runs it in a temporary folder and writes this page
# ```
#
# ## A world
#
# Invented consignments of a year, with findings, and the truth beside them. Equal seeds give equal bytes.

# %%
from functools import cached_property
from pathlib import Path

import polars as pl

from pipeline.world import make_world

inputs, home = Path("inputs"), Path("home")
print(make_world(seed=7, consignments=8000, out=inputs))

# %% [markdown]
# ## A house
#
# A house is where inputs and results lie, and the settings under which the verbs work. An overlay lays this hour's own
# settings over the shipped ones: trainings are not logged in MLflow here.

# %%
from features.cutoffs import cutoff_of
from pipeline.house import House
from pipeline.settings import load_settings

overlay = Path("configuration")
overlay.mkdir(exist_ok=True)
(overlay / "tidewaiter.yaml").write_text('tracking: {uri: "off"}\n', encoding="utf-8")

settings = load_settings([overlay])
house = House(inputs, home, settings)
until = cutoff_of("2024-12-01", settings.cutoff)
families = [family.name for family in house.catalogue.families]
print(f"{len(house.catalogue.indicators)} indicators in {len(families)} families: {', '.join(families)}")

# %% [markdown]
# ## What a model learns from
#
# A row per consignment with a finding that was known and mature at `until`, with its features as of the night on which
# it was chosen. A label is empty where the scheme has no finding for the row, or does not apply to it.

# %%
from pipeline.matrix import training_matrix

matrix = training_matrix(house, house.read(until, "train").tables, until)
labels = [name for name in matrix.rows.columns if name.startswith("label_") and "known_at" not in name]
for name in labels:
    values = matrix.rows[name]
    print(f"{name}: {values.sum()} confirmed of {values.count()}")

# %% [markdown]
# ## A first model
#
# `train` learns each scheme, judges it on the newest rows by a model that had not seen them, and registers the bundle.
# The first of a home is its champion. Average precision stands here for goods that training had never seen, then for
# all judged rows, each with its 95 % interval. A scheme with too few findings gets no model, and says why.

# %%
from pipeline.tell_models import headline
from pipeline.train import train


def tell(training):
    print(f"{training.role}: {training.bundle.name}")
    for scheme in training.bundle.schemes:
        finds, new, every, _ = headline(training.bundle.scheme(scheme).metrics)
        print(f"  {scheme}: {finds} finds/rows judged, average precision {new} on new goods, {every} on all")
    for scheme, why in training.bundle.untrained.items():
        print(f"  {scheme}: no model. {why}")


first = train(house, until)
tell(first)

# %% [markdown]
# `home/evaluations/<model>/` keeps the judgement: the model card, the figures and the pictures.

# %%
print(*sorted(path.name for path in (home / "evaluations" / first.bundle.name).iterdir()), sep="\n")

# %% [markdown]
# ## A feature of one's own
#
# Who understates the net mass leaves the gross mass as it is, since the terminal weighs it. So the value per kilogram
# of gross mass may tell what the value per declared net kilogram hides. The indicator needs its meaning, unit, sentence
# and first check, or it cannot be registered. It reads nothing but what `asked` gives, which holds nothing that became
# known after the cut-off. Where a line tells no value, or the gross mass is missing or 0, it is empty, not zero.

# %%
from features.asked import whole_sum
from features.catalogue import Catalogue, Family, Indicator
from features.evidence import the_declaration
from pipeline.options import options_of


def compute(asked, options):
    values = asked.items.group_by("question").agg(invoiced_usd=whole_sum(pl.col("value_usd")))
    return (
        asked.consignment.select(weighed_kg="gross_kg")
        .with_row_index("question")
        .join(values, on="question", how="left", maintain_order="left")
        .select(
            "weighed_kg",
            "invoiced_usd",
            value_usd_per_gross_kg=pl.when(pl.col("weighed_kg") > 0).then(
                pl.col("invoiced_usd") / pl.col("weighed_kg")
            ),
        )
    )


def declare(options):
    return [
        Indicator(
            name="value_usd_per_gross_kg",
            meaning="Customs value per kilogram of gross mass.",
            unit="USD per kg",
            officer="{value:,.2f} USD per kg of gross mass ({invoiced_usd:,.2f} USD, {weighed_kg:,.1f} kg).",
            check="Weigh the consignment and compare with the declared gross mass.",
            compared=("invoiced_usd", "weighed_kg"),
            reads=("consignment", "goods_item"),
            evidence=the_declaration,
        )
    ]


gross_price = Family("gross_price", "What the goods cost by their gross mass.", compute, declare)


class ChangedHouse(House):
    @cached_property
    def catalogue(self):
        shipped = House(self.inputs, self.home, self.settings).catalogue
        return Catalogue([*shipped.families, gross_price], options_of(self.settings))


changed = ChangedHouse(inputs, home, settings)
rows = training_matrix(changed, changed.read(until, "train").tables, until).rows
for name in labels:
    known = rows.filter(pl.col(name).is_not_null())
    middle = {kind: known.filter(pl.col(name) == kind)["value_usd_per_gross_kg"].median() for kind in (True, False)}
    print(f"{name}: median {middle[True]:.2f} USD per kg where confirmed, {middle[False]:.2f} where not")

# %% [markdown]
# ## The model again, with it
#
# Other features are another model under another name. It is the challenger; the champion stays until somebody promotes.

# %%
second = train(changed, until)
tell(second)

# %% [markdown]
# ## Did it help?
#
# Both trainings judged the same rows, so their difference is taken on these, with an interval drawn by consignment. An
# interval that reaches zero says that these rows cannot tell the two apart: then keep what is simpler.

# %%
from pipeline import against
from pipeline.model_changes import compare

found = compare(home, first.bundle.name, second.bundle.name, settings.seed)
for scheme, columns in found.columns.items():
    print(f"{scheme}: more {columns['more']}, fewer {columns['fewer']}")
for scheme, paired in found.head_to_head.items():
    print(f"{scheme}, {against.told(paired)}")

# %% [markdown]
# ## A night
#
# The list of one night, made by the model with the new feature (`promote` would make it the champion, through its
# gates). Each row has its reasons, and what to look at first. The folder holds `ranked.html` to read, the same as a
# workbook, CSV and Parquet, and `run.json`, which says what made it.

# %%
from pipeline.rank import rank

night = rank(changed, cutoff_of("2024-12-17", settings.cutoff), model=second.bundle.name)
ranked = night.made.ranked
print(f"{ranked.height} open consignments, {ranked['selected'].sum()} to open")
top = ranked.sort("priority", "tie", "consignment_id", descending=[True, False, False]).head(3)
for row in top.iter_rows(named=True):
    print(f"\n{row['office']} #{row['rank']}  {row['consignment_id']}  {row['scheme']}  {row['priority']:.3f}")
    for reason in row["reasons"][:3]:
        print(f"  {reason['contribution']:+.2f}  {reason['text']}")
    print(f"  first: {row['reasons'][0]['check']}")

# %% [markdown]
# ## From here
#
# To keep the feature, move the family into a file of `features/` with its test
# ([add an indicator](add_an_indicator.md)). [Stages](stages.md) lays two states of the whole pipeline side by side, and
# [models](models.md) tells how one is judged, promoted and taken back.
