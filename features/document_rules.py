"""Which papers a consignment needs by the rules of its own date, and what was presented in their place (MR-01, MR-02).

Conditions are weighed with three outcomes: met, not met, not known. A rule that is not known to apply asks for nothing.
"""

from __future__ import annotations

import polars as pl

from features.options import Options
from features.papers import Papers
from features.species import headings_of, told_species

CONTEXT = ("hs6", "species", "product_form", "origin_country", "flag", "route", "destination_country")
_CONDITIONS = {"forms": "product_form", "origin": "origin_country", "flag": "flag", "route": "route"}
_LISTED = 3  # rules, in a sentence


def requirements(papers: Papers) -> pl.DataFrame:
    """A row per question and rule that may apply: `question`, `rule_no` (row of the rules), `applies` (null: unknown).

    Only imports are ruled. A rule applies where any goods line meets it on the consignment's day.
    """
    rules = papers.options.document_rules.with_row_index("rule_no")
    lines = _contexts(papers)
    contexts = lines.select(CONTEXT).unique(maintain_order=True).with_row_index("context")
    if not rules.height:
        return pl.DataFrame(schema={"question": pl.UInt32, "rule_no": pl.UInt32, "applies": pl.Boolean})
    met = pl.concat(
        contexts.select("context", rule_no=pl.lit(rule["rule_no"], pl.UInt32), met=_met(rule, papers.options))
        for rule in rules.iter_rows(named=True)
    ).filter(pl.col("met").fill_null(True))
    dates = rules.select("rule_no", "valid_from", "valid_to")
    day, begins, ends = pl.col("day"), pl.col("valid_from"), pl.col("valid_to")
    return (
        lines.select("question", "day", *CONTEXT)
        .join(contexts, on=CONTEXT, nulls_equal=True)
        .select("question", "day", "context")
        .join(met.join(dates, on="rule_no"), on="context")
        .filter(begins.is_null() | (begins <= day), ends.is_null() | (day < ends))
        .group_by("question", "rule_no")
        .agg(applies=pl.col("met").any(ignore_nulls=False))
        .sort("question", "rule_no")
    )


def _contexts(papers: Papers) -> pl.DataFrame:
    """What rules look at, per question and goods line of an import."""
    needs_flag = papers.options.document_rules.filter(pl.col("flag").list.len() > 0).height > 0
    flag = papers.flag if needs_flag else pl.lit(None, pl.String)
    consignment = papers.consignment.with_columns(
        flag=flag, route=pl.concat_str("dispatch_country", pl.lit(">"), "destination_country")
    ).filter(pl.col("regime") == "import")
    items = papers.asked.items.select("question", "hs6", "species", "product_form", "origin_country")
    told = items.with_columns(told_species(items, papers.options.species_hs))
    return told.join(consignment, on="question", how="inner", maintain_order="left").select("question", "day", *CONTEXT)


def _met(rule: dict[str, list[str]], options: Options) -> pl.Expr:
    """Whether a context meets the conditions of a rule, whatever its day."""
    met = pl.lit(True)
    if prefixes := rule["hs_prefix"]:
        met &= pl.any_horizontal([pl.col("hs6").str.starts_with(prefix) for prefix in prefixes])
    if species := rule["species"]:
        headings = headings_of(species, options.species_hs)
        none_named = pl.lit(None, pl.Boolean)
        if headings is not None:  # goods of another heading are none of these species, named or not
            none_named = pl.when(~pl.col("hs6").str.head(4).is_in(headings)).then(False)
        met &= pl.when(pl.col("species").is_null()).then(none_named).otherwise(pl.col("species").is_in(species))
    for name, column in _CONDITIONS.items():
        if rule[name]:
            met &= pl.col(column).is_in(rule[name])
    if rule["territory"]:
        met &= pl.col("destination_country").is_in(rule["territory"])
    return met


def rule_answers(papers: Papers) -> pl.DataFrame:
    """Per question the indicators MR-01 and MR-02 and what their sentences compare."""
    asked = papers.asked.questions.with_row_index("question").select("question")
    may_apply = requirements(papers)
    needed = may_apply.filter(pl.col("applies")).join(_rules(papers.options), on="rule_no")
    per_rule = _held_against(needed, papers.told("kind", "form"))
    of_kinds = (
        per_rule.group_by("question", "needed_kind")
        .agg(missing=~pl.col("has_kind").all())
        .sort("question", "needed_kind")
        .group_by("question", maintain_order=True)
        .agg(
            required_document_count=pl.len(),
            missing_count=pl.col("missing").sum(),
            required_kinds=pl.col("needed_kind").str.join(", "),
            missing_kinds=pl.col("needed_kind").filter("missing").str.join(", "),
        )
    )
    of_rules = (
        per_rule.with_columns(wrong=~pl.col("is_satisfied"))
        .sort("question", "rule_no")
        .group_by("question", maintain_order=True)
        .agg(
            substitute_or_copy_presented=(pl.col("wrong") & (pl.col("wrong_form") | pl.col("has_banned"))).any(),
            banned_kind_presented=(pl.col("wrong") & pl.col("has_banned")).any(),
            presented_instead=pl.col("instead").filter("wrong").explode().drop_nulls().unique().sort().str.join(", "),
            rules_broken=pl.col("legal_basis").filter("wrong").unique(maintain_order=True).head(_LISTED).str.join("; "),
            rules_applied=pl.col("legal_basis").unique(maintain_order=True).head(_LISTED).str.join("; "),
        )
    )
    unknown = may_apply.filter(pl.col("applies").is_null()).select("question").unique()
    whole = asked.with_columns(is_unknown=pl.col("question").is_in(unknown["question"].implode()))
    for part in (of_kinds, of_rules):
        whole = whole.join(part, on="question", how="left", maintain_order="left")
    # Nothing is known to be required: a fact where every rule was weighed and the consignment is there.
    none = (
        pl.lit(bool(papers.options.document_rules.height))
        & ~pl.col("is_unknown")
        & papers.consignment["day"].is_not_null()
    )
    return whole.select(
        required_document_count=pl.coalesce("required_document_count", pl.when(none).then(0)),
        missing_document_share=pl.col("missing_count") / pl.col("required_document_count"),
        **{name: pl.col(name) for name in of_rules.columns if name != "question"},
        required_kinds="required_kinds",
        missing_kinds=pl.when(pl.col("missing_count") > 0).then("missing_kinds").otherwise(pl.lit("none")),
    )


def _rules(options: Options) -> pl.DataFrame:
    """The rules with `banned`: what other rules take, or took, in place of the kind, and this one does not."""
    rules = options.document_rules.with_row_index("rule_no").rename({"kind": "needed_kind"})
    ever = rules.group_by("needed_kind").agg(ever=pl.col("substitutes").explode().drop_nulls().unique())
    return rules.join(ever, on="needed_kind", how="left", maintain_order="left").select(
        "rule_no",
        "needed_kind",
        "accepted_forms",
        "substitutes",
        "legal_basis",
        banned=pl.col("ever").list.set_difference("substitutes"),
    )


def _held_against(needed: pl.DataFrame, documents: pl.DataFrame) -> pl.DataFrame:
    """Per question and rule whether its paper is there (`has_kind`), as it must be (`is_satisfied`), or what is."""
    presented = documents.join(needed.select("question").unique(), on="question", how="semi")
    is_kind = pl.col("kind") == pl.col("needed_kind")
    in_form = (pl.col("accepted_forms").list.len() == 0) | pl.col("accepted_forms").list.contains(pl.col("form"))
    stands_in = pl.col("substitutes").list.contains(pl.col("kind"))
    banned = pl.col("banned").list.contains(pl.col("kind"))
    return (
        needed.join(presented, on="question", how="left")
        .with_columns(
            has_kind=is_kind | stands_in,
            is_satisfied=(is_kind & in_form) | stands_in,
            wrong_form=is_kind & ~in_form,
            has_banned=banned,
            instead=pl.when(banned | (is_kind & ~in_form)).then(pl.format("{} ({})", "kind", "form")),
        )
        .group_by("question", "rule_no", "needed_kind", "legal_basis")
        .agg(pl.col("has_kind", "is_satisfied", "wrong_form", "has_banned").any(), pl.col("instead").drop_nulls())
    )
