"""Family `description`: how much the text of the goods lines says of what the goods are (BD-13).

A *content word* of a text is what is left once numbers, units of measure and packing, and words such as "and" or "of"
are taken away. Texts are read in Unicode's compatibility form, so that full-width letters are letters. Latin, Cyrillic
and other spaced scripts have a word per run of letters; a single letter is none. Japanese and Chinese leave no spaces:
there, a word is a run of Katakana, a run of Hiragana, or two characters of a run of Han (most of their words have two;
one left over is a word too). A text that is made of vague terms alone has no content words at all.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from features.asked import Asked
from features.catalogue import Family, Indicator
from features.evidence import the_items
from features.options import Options
from features.tables import Tables

ENOUGH_WORDS = 3  # fewer do not tell what goods are: indicator BD-13
TOLD_CHARACTERS = 80  # of the emptiest text, on the list

_SAYS_SOMETHING = r"[\p{L}\p{N}]"
_WORD = (
    r"\p{Han}{1,2}|[\p{Hiragana}ー]{2,}|[\p{Katakana}ー]{2,}|[[\p{L}\p{M}]--[\p{Han}\p{Hiragana}\p{Katakana}ー]]{2,}"
)
_UNITS = (
    "kg kgs kgm gr grm gram grams mg mt ton tons tonne tonnes lb lbs oz lt ltr ltrs litre litres liter liters ml cl "
    "cm mm pc pcs pce pces piece pieces ea ctn ctns carton cartons pkg pkgs package packages plt plts pallet pallets "
    "doz dz dozen pr prs unit units qty no nos nw gw "
    "кг гр грамм тн тонн тонна тонны мл см мм шт штук упак уп кор коробка коробок место мест "
    "キロ グラム トン リットル ケース パック パレット カートン 個 本 枚 箱 匹 杯 袋 缶 台 点 件"
)
_FUNCTION_WORDS = (
    "and or of for the an to with without in on by from as at per other others etc incl including de et und "
    "из для на по от до или без при под не со "
    "から まで より など および または その ため する した して 及 又 等"
)
_NO_CONTENT = frozenset(f"{_UNITS} {_FUNCTION_WORDS}".split())


def content_words(texts: pl.Series, vague_terms: Sequence[str]) -> pl.Series:
    """Per text the number of its content words (Int64); null where it has neither a letter nor a digit.

    A text wholly made of `vague_terms` has 0. Terms are compared word by word, as texts are read: their case, numbers
    and punctuation do not matter. A term that leaves no words matches nothing.
    """
    phrases = sorted({words for words in _words(pl.Series(vague_terms, dtype=pl.String)).list.join(" ") if words})
    words = _words(texts)
    counted = pl.DataFrame({"text": texts, "count": words.list.len().cast(pl.Int64), "joined": words.list.join(" ")})
    only_vague = pl.format("{} ", "joined").str.contains(f"^(?:(?:{'|'.join(phrases)}) )+$") if phrases else False
    said = pl.col("text").str.contains(_SAYS_SOMETHING)
    return counted.select(
        pl.when(said).then(pl.when(only_vague).then(0).otherwise(pl.col("count"))).alias(texts.name)
    ).to_series()


def _words(texts: pl.Series) -> pl.Series:
    """Per text the list of its content words in order."""
    runs = texts.fill_null("").str.normalize("NFKC").str.to_lowercase().str.extract_all(_WORD)
    kept = (
        pl.DataFrame({"words": runs})
        .with_row_index("row")
        .explode("words")
        .filter(pl.col("words").is_not_null() & ~pl.col("words").is_in(sorted(_NO_CONTENT)))
        .group_by("row", maintain_order=True)
        .agg("words")
    )
    rows = pl.DataFrame({"row": pl.int_range(len(texts), dtype=pl.UInt32, eager=True)})
    return (
        rows.join(kept, on="row", how="left", maintain_order="left")["words"].fill_null(pl.lit([], pl.List(pl.String)))
        if len(texts)
        else pl.Series(dtype=pl.List(pl.String))
    )


def compute(asked: Asked, options: Options) -> pl.DataFrame:
    """A row per question: the indicators declared below, null before the first text of any line was known."""
    first = _first_text(asked.tables)["known_at"].item()
    lines = asked.items.select("question", "item_no", "description")
    texts = lines.select(pl.col("description").unique())
    counted = texts.with_columns(words=content_words(texts["description"], options.vague_terms))
    per_question = (
        lines.join(counted, on="description", how="left", nulls_equal=True)
        .sort("question", "words", "item_no", nulls_last=True)
        .group_by("question", maintain_order=True)
        .agg(
            description_missing_count=pl.col("words").is_null().sum().cast(pl.Float64),
            described_line_count=pl.col("words").count().cast(pl.Float64),
            vague_line_count=(pl.col("words") < ENOUGH_WORDS).sum().cast(pl.Float64),
            fewest_content_tokens=pl.col("words").first().cast(pl.Float64),
            emptiest_line=pl.when(pl.col("words").is_not_null()).then("item_no").first().cast(pl.Float64),
            emptiest_text=pl.col("description").first().str.head(TOLD_CHARACTERS),
        )
        .with_columns(
            vague_line_share=pl.when(pl.col("described_line_count") > 0).then(
                pl.col("vague_line_count") / pl.col("described_line_count")
            )
        )
    )
    questions = asked.questions.with_row_index("question")
    joined = questions.join(per_question, on="question", how="left", maintain_order="left")
    told = joined.drop("question", "consignment_id", "cutoff")
    return told.select(
        pl.when(questions["cutoff"] >= first if first is not None else False).then(pl.col(name)).alias(name)
        for name in told.columns
    )


def _first_text(tables: Tables) -> pl.DataFrame:
    """When the first text of any line became known: a house that was never sent one cannot miss it on a line."""
    return tables.derived(
        "first description",
        lambda: (
            tables["goods_item"]
            .filter(pl.col("description").str.contains(_SAYS_SOMETHING))
            .select(pl.col("known_at").min())
        ),
    )


def declare(options: Options) -> Sequence[Indicator]:
    """The indicators of the family; they serve every scheme."""
    return [
        Indicator(
            name="vague_line_share",
            meaning=f"Share of the described lines whose text is vague terms alone or has under {ENOUGH_WORDS} content "
            "words.",
            unit="share",
            officer="{vague_line_count:.0f} of {described_line_count:.0f} described lines are vague; line "
            "{emptiest_line:.0f} says “{emptiest_text}”.",
            check="Ask the declarant what the goods are; open the packages of the vague lines first.",
            reads=("goods_item",),
            evidence=the_items,
            direction=1,
            compared=("vague_line_count", "described_line_count", "emptiest_line", "emptiest_text"),
            code="BD-13",
        ),
        Indicator(
            name="fewest_content_tokens",
            meaning="Content words of the line that says least (numbers, units and vague terms alone say nothing).",
            unit="words",
            officer="Line {emptiest_line:.0f} says “{emptiest_text}”: {value:.0f} words on what the goods are.",
            check="Ask for a full description of that line and compare it with the invoice.",
            reads=("goods_item",),
            evidence=the_items,
            direction=-1,
            compared=("emptiest_line", "emptiest_text"),
            code="BD-13",
        ),
        Indicator(
            name="description_missing_count",
            meaning="Number of lines without any description, where this house receives descriptions at all.",
            unit="lines",
            officer="{value:.0f} lines have no description; {described_line_count:.0f} have one.",
            check="Ask the declarant for the missing descriptions.",
            reads=("goods_item",),
            evidence=the_items,
            direction=1,
            compared=("described_line_count",),
        ),
    ]


FAMILY = Family(
    name="description",
    about="How much the text of the goods lines says of what the goods are.",
    compute=compute,
    declare=declare,
)
