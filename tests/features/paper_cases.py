"""What tests of papers share: their options, random tables with them, and the visible rows in the plainest way."""

from __future__ import annotations

from typing import Any

import paper_rows
import polars as pl
from histories import DAY, START, random_questions, random_rows, table
from reference import Row, visible

from features.asked import Asked
from features.contract import load_contract
from features.options import Options
from features.papers import Papers
from features.tables import Tables

OPTIONS = Options(
    schemes={},
    document_rules=paper_rows.RULES,
    port_groups=paper_rows.GROUPS,
    species_hs=paper_rows.SPECIES,
)
READ = ("consignment", "goods_item", "document", "document_line", "partner_export", "party", "vessel")


class Case:
    """Random tables, questions about them, and the papers of those."""

    def __init__(self, seed: int) -> None:
        frames = random_rows(seed)
        self.tables = Tables(frames)
        self.questions = random_questions(seed, self.tables, 12)
        self.papers = Papers(Asked(self.tables, self.questions), OPTIONS)
        self._rows = {name: frames[name].to_dicts() for name in READ if name in frames}

    def states(self) -> list[tuple[Row, dict[str, list[Row]]]]:
        """Per question itself and all visible rows by table."""
        return [(question, self.at(question)) for question in self.questions.to_dicts()]

    def at(self, question: Row) -> dict[str, list[Row]]:
        keys = load_contract()
        return {name: visible(self._rows.get(name, []), keys[name].key, question["cutoff"]) for name in READ}


def of_consignment(state: dict[str, list[Row]], table_name: str, question: Row) -> list[Row]:
    return [row for row in state[table_name] if row["consignment_id"] == question["consignment_id"]]


def plain(number: str) -> str:
    return number.upper().replace("-", "").replace(" ", "")


def small(question_day: float = 10, /, **rows: list[dict[str, Any]]) -> Papers:
    """The papers of the consignment A at the start of a day of January 2024; rows are known from its first day on."""
    known = {"consignment_id": "A", "known_at": START, "regime": "import", "declared_at": START}
    frames = {}
    for name, content in {"consignment": [{}], **rows}.items():
        columns = load_contract()[name].columns
        given = {column: value for column, value in known.items() if column in columns}
        frames[name] = table(name, [{**given, **row} for row in content])
    questions = pl.DataFrame({"consignment_id": ["A"], "cutoff": [START + DAY * question_day]})
    return Papers(Asked(Tables(frames), questions), OPTIONS)
