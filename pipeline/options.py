"""Settings as features understand them."""

from __future__ import annotations

import polars as pl

from features.catalogue import Catalogue
from features.families import FAMILIES
from features.options import Options, SchemeOption
from features.rules import Rule, mistakes_in
from models.selection import SelectionPolicy
from models.training import TrainingParams
from pipeline.catch_reference import closed_seasons, conversion_factors
from pipeline.document_reference import document_rules, port_groups, species_hs
from pipeline.errors import Usage
from pipeline.settings import Settings, nearest, reference_file
from pipeline.vessel_reference import mid, vessel_options
from pipeline.voyage_reference import boundary_lines, stowage, voyage_options


def options_of(settings: Settings) -> Options:
    """The options of all families."""
    schemes = {
        name: SchemeOption(scope=scheme.scope, label=scheme.label, title=scheme.title or name)
        for name, scheme in settings.schemes.items()
    }
    findings = settings.features.findings
    return Options(
        schemes=schemes,
        finding_keys=findings.all_keys,
        finding_days=tuple(None if days == "all" else days for days in findings.days),
        prior_strength=settings.params.findings.prior_strength,
        base_rate=settings.params.findings.base_rate,
        high_priority=_high_priority(settings),
        vague_terms=_vague_terms(settings),
        de_minimis_usd=settings.features.parcels.de_minimis_usd,
        document_rules=document_rules(settings),
        port_groups=port_groups(settings),
        species_hs=species_hs(settings),
        conversion_factors=conversion_factors(settings),
        closed_seasons=closed_seasons(settings),
        mid=mid(settings),
        vessels=vessel_options(settings),
        stowage=stowage(settings),
        boundary_lines=boundary_lines(settings),
        voyages=voyage_options(settings),
    )


def catalogue_of(settings: Settings) -> Catalogue:
    """The catalogue of the families that these settings do not leave out.

    Raises Usage that lists every family, every rule and every name of `training` that these indicators cannot serve.
    """
    left_out = settings.features.leave_out
    catalogue = Catalogue([family for family in FAMILIES if family.name not in left_out], options_of(settings))
    mistakes = mistakes_in(rules_of(settings), catalogue)
    families = [family.name for family in FAMILIES]
    if strange := sorted(set(left_out) - set(families)):
        mistakes.append(f"features.leave_out: needed families ({', '.join(families)}), found {', '.join(strange)}")
    mistakes += _training_mistakes(settings, catalogue)
    if mistakes:
        raise Usage("the configuration holds mistakes:\n" + "\n".join(f"  - {mistake}" for mistake in mistakes))
    return catalogue


def training_of(settings: Settings, catalogue: Catalogue) -> TrainingParams:
    """The training parameters, with every family of `leave_out` spelled out as its indicators."""
    named = settings.training.leave_out
    left_out = [
        indicator.name
        for family in catalogue.families
        for indicator in catalogue.declared(family.name)
        if family.name in named or indicator.name in named
    ]
    return settings.training.model_copy(update={"leave_out": tuple(left_out)})


def _training_mistakes(settings: Settings, catalogue: Catalogue) -> list[str]:
    known = [*(family.name for family in FAMILIES), *catalogue.by_name]
    mistakes = [
        f"params.training.leave_out: needed indicators or families, found {name!r}{nearest(name, known)}"
        for name in settings.training.leave_out
        if name not in known
    ]
    left_out = set(training_of(settings, catalogue).leave_out)
    mistakes += [
        f"params.training.leave_out: needed an indicator to learn {scheme} from, found that all are left out"
        for scheme in settings.schemes
        if all(indicator.name in left_out for indicator in catalogue.of(scheme))
    ]
    monotone = settings.training.learner.monotone
    if unknown := sorted(set(monotone) - set(catalogue.by_name)):
        needed = "needed names of docs/indicators.md"
        mistakes.append(f"params.training.learner.monotone: {needed}, found {', '.join(unknown)}")
    if hidden := sorted(set(monotone) & left_out):
        needed = "needed indicators that training.leave_out leaves in"
        mistakes.append(f"params.training.learner.monotone: {needed}, found {', '.join(hidden)}")
    return mistakes


def rules_of(settings: Settings) -> dict[str, Rule]:
    """The officers' rules as features understand them."""
    return {
        name: Rule(rule.when, rule.weight, rule.mandatory, rule.valid_from, rule.valid_to)
        for name, rule in settings.rules.items()
    }


def policy_of(settings: Settings) -> SelectionPolicy:
    """Capacity, exploration and harm as the selection understands them."""
    harm = {name: scheme.harm for name, scheme in settings.schemes.items() if scheme.harm is not None}
    return SelectionPolicy(
        seed=settings.seed,
        capacity=settings.capacity,
        exploration_share=settings.exploration.share,
        harm=harm,
    )


def _high_priority(settings: Settings) -> pl.DataFrame:
    return _reference(settings, "high_priority_hs.csv", {"hs6": pl.String, "tier": pl.Int64, "list_date": pl.Date})


def _vague_terms(settings: Settings) -> tuple[str, ...]:
    terms = _reference(settings, "vague_terms.csv", {"term": pl.String})["term"]
    return tuple(terms.drop_nulls().unique().sort())


def _reference(settings: Settings, name: str, needed: dict[str, type[pl.DataType]]) -> pl.DataFrame:
    """The needed columns of a reference file. Raises Usage when it cannot be read as such."""
    path = reference_file(settings.directories, name)
    try:
        return pl.read_csv(path, schema_overrides=needed).select(*needed)
    except pl.exceptions.PolarsError as error:
        raise Usage(f"needed the columns {', '.join(needed)} in {path}, found: {str(error).splitlines()[0]}") from error
