"""The papers of consignments, looked up once: documents and their lines, the arrival, the vessel's flag."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property

import polars as pl

from features.asked import Asked
from features.asof import visible_rows, visible_version
from features.numbered import NUMBER_COLUMNS, numbered_documents
from features.options import Options

DOCUMENT_COLUMNS = (
    *("consignment_id", "kind", "form", "number", "issuer_country", "holder_id", "issued_at", "valid_from", "valid_to"),
    *("use", *NUMBER_COLUMNS),
)
LINE_COLUMNS = (
    *("hs6", "species", "product_form", "catch_area", "gear", "catch_from", "catch_to", "live_kg", "net_kg", "use"),
)


class Papers:
    """What was visible of the papers of the questions. Frames with `question` have a row per paper or line."""

    def __init__(self, asked: Asked, options: Options) -> None:
        self.asked = asked
        self.options = options

    @cached_property
    def documents(self) -> pl.DataFrame:
        """A row per question and visible document, by id: `question`, document_id, DOCUMENT_COLUMNS, `cutoff`.

        `code` is the number as it is compared.
        """
        rows = self.told("document_id", *DOCUMENT_COLUMNS)
        return rows.with_columns(cutoff=self.asked.questions["cutoff"].gather(rows["question"]))

    @cached_property
    def lines(self) -> pl.DataFrame:
        """A row per question, visible document and visible line: `question`, `kind`, document_id, line_no, columns."""
        kind = self._kinds.gather(self.asked.line_rows["document_row"])
        return self.told_by_line("document_id", "line_no", *LINE_COLUMNS).with_columns(kind)

    def told(self, *columns: str, kinds: Collection[str] | None = None) -> pl.DataFrame:
        """`question` and the columns of each visible document, of those kinds, by id: what one reader needs of many."""
        rows = self.asked.document_rows
        if kinds is not None:
            rows = rows.filter(self._kinds.is_in(kinds).gather(rows["row"]))
        return rows.select("question").hstack(numbered_documents(self.asked.tables).select(columns)[rows["row"]])

    def told_by_line(self, *columns: str, kinds: Collection[str] | None = None) -> pl.DataFrame:
        """`question` and the columns of each visible line of the visible documents of those kinds, by key."""
        rows = self.line_rows(kinds)
        return rows.select("question").hstack(self.asked.tables["document_line"].select(columns)[rows["row"]])

    def line_rows(self, kinds: Collection[str] | None = None) -> pl.DataFrame:
        """`question`, and `document_row` and `row`, the row numbers of each such line and of its document."""
        rows = self.asked.line_rows
        return rows if kinds is None else rows.filter(self._kinds.is_in(kinds).gather(rows["document_row"]))

    @property
    def _kinds(self) -> pl.Series:
        return self.asked.tables["document"]["kind"]

    @cached_property
    def consignment(self) -> pl.DataFrame:
        """Per question: `question`, cutoff, consignment_id, regime, places, vessel, importer, `arrived_at`, `day`.

        `day` is the one whose rules hold for it: of arrival, or of the declaration where no arrival is stated.
        """
        columns = ("regime", "arrived_at", "dispatch_country", "destination_country", "discharge_port", "vessel_id")
        return (
            self.asked.questions.with_row_index("question")
            .hstack(self.asked.consignment.select(*columns, "declared_at", "importer_id"))
            .with_columns(day=pl.coalesce("arrived_at", "declared_at").dt.date())
        )

    @cached_property
    def flag(self) -> pl.Series:
        """Per question the flag of the carrying vessel: of its identity that holds at the cut-off, null if unknown."""
        questions = self.consignment.select("cutoff", "vessel_id")
        identities = visible_rows(
            self.asked.tables["vessel"], ["vessel_id", "valid_from"], questions, ["vessel_id"], ["flag"]
        )
        held = (
            identities.join(self.consignment.select("question", "cutoff"), on="question")
            .filter(pl.col("valid_from") <= pl.col("cutoff"))
            .sort("question", "valid_from")
            .unique("question", keep="last")
        )
        return self.consignment.join(held.select("question", "flag"), on="question", how="left", maintain_order="left")[
            "flag"
        ]

    @cached_property
    def importer_name(self) -> pl.Series:
        """Per question the importer's name, null where the table of parties does not know it."""
        questions = self.consignment.select("cutoff", "importer_id")
        party = self.asked.tables["party"]
        return visible_version(party, ["party_id"], questions, {"importer_id": "party_id"}, ["name"])["name"]
