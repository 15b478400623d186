"""What the tables say of the consignments that are asked about: looked up once, shared by all families."""

from __future__ import annotations

from functools import cached_property

import polars as pl

from features.asof import visible_pointers, visible_rows, visible_version
from features.tables import Tables

QUESTION = ("consignment_id", "cutoff")


class Asked:
    """Questions (`consignment_id`, `cutoff`; many cut-offs at once) with what was visible of each.

    Every frame that is "per question" has one row per question, in the order of the questions.
    """

    def __init__(self, tables: Tables, questions: pl.DataFrame) -> None:
        self.tables = tables
        self.questions = questions.select(QUESTION)

    @cached_property
    def consignment(self) -> pl.DataFrame:
        """Per question: the columns of the newest visible version of the consignment, null where it does not hold."""
        return visible_version(self.tables["consignment"], ["consignment_id"], self.questions)

    @cached_property
    def items(self) -> pl.DataFrame:
        """A row per question and visible goods item: `question` (row number) and the columns of goods_item."""
        return visible_rows(
            self.tables["goods_item"], ["consignment_id", "item_no"], self.questions, on=["consignment_id"]
        )

    @cached_property
    def legs(self) -> pl.DataFrame:
        """A row per question and visible leg of the declared route: `question` and the columns of leg, in order."""
        return visible_rows(self.tables["leg"], ["consignment_id", "leg_no"], self.questions, on=["consignment_id"])

    @cached_property
    def document_rows(self) -> pl.DataFrame:
        """The visible documents presented, by id: `question` and `row`, the row number in the table document.

        A year has millions of papers, so that each user takes the columns that it reads.
        """
        return visible_pointers(self.tables["document"], ["document_id"], self.questions, on=["consignment_id"])

    @cached_property
    def line_rows(self) -> pl.DataFrame:
        """The visible lines of `document_rows`, by key: `question`, `document_row`, and `row` in document_line."""
        papers = self.document_rows
        asked = papers.select(
            self.questions["cutoff"].gather(papers["question"]),
            self.tables["document"]["document_id"].gather(papers["row"]),
        )
        found = visible_pointers(self.tables["document_line"], ["document_id", "line_no"], asked, on=["document_id"])
        return papers.select("question", document_row="row")[found["question"]].with_columns(found["row"])

    def of_lines(self, *columns: str) -> pl.DataFrame:
        """`question` and those columns of document_line, a row per visible line of a visible document, by key."""
        return self.line_rows.select("question").hstack(
            self.tables["document_line"].select(columns)[self.line_rows["row"]]
        )

    @cached_property
    def documents(self) -> pl.DataFrame:
        """A row per question and visible document presented, by id: `question`, document_id, and whom it names.

        Few columns on purpose: vessel_id, holder_id, `use`.
        """
        named = self.tables["document"].select("document_id", "vessel_id", "holder_id", "use")
        return self.document_rows.select("question").hstack(named[self.document_rows["row"]])

    @cached_property
    def catches(self) -> pl.DataFrame:
        """A row per question and visible line of a visible document that says when something was caught.

        Columns: `question`, `cutoff`, vessel_id and holder_id of the document, the line's key, species, catch_area,
        gear, the line's `use`, `begins` and `ends` (a period typed the wrong way round is taken as meant).
        """
        period = self.tables["document_line"].select("catch_from", "catch_to")[self.line_rows["row"]]
        dated = self.line_rows.filter(period.select(pl.any_horizontal(pl.all().is_not_null())).to_series())
        of_line = self.tables["document_line"].select(
            *("document_id", "line_no", "species", "catch_area", "gear", "use"),
            begins=pl.min_horizontal("catch_from", "catch_to"),
            ends=pl.max_horizontal("catch_from", "catch_to"),
        )
        of_document = self.tables["document"].select("vessel_id", "holder_id")
        return (
            dated.select("question")
            .with_columns(self.questions["cutoff"].gather(dated["question"]))
            .hstack(of_document[dated["document_row"]])
            .hstack(of_line[dated["row"]])
        )

    @cached_property
    def lines(self) -> pl.DataFrame:
        """A row per question and visible goods item, with the columns of both tables, `question`, `hs2` and `hs4`.

        A question without items keeps one row, in which the item's columns are null (`item_no` too).
        """
        questions = self.questions.with_row_index("question")
        consignment = self.consignment.with_columns(questions["question"])
        of_both = [name for name in consignment.columns if name in self.items.columns and name != "question"]
        items = with_headings(self.items).drop("consignment_id")
        return questions.join(consignment.drop(of_both), on="question", how="left", maintain_order="left").join(
            items, on="question", how="left", maintain_order="left"
        )

    @cached_property
    def main_item(self) -> pl.DataFrame:
        """Per question: the columns of its main line - of the greatest value, then net mass, then the first."""
        order = ["question", "value_usd", "net_kg", "item_no"]
        places = (
            self.items.select(order)
            .with_row_index("place")
            .sort(order, descending=[False, True, True, False], nulls_last=True)
            .unique("question", keep="first", maintain_order=True)
            .select("question", "place")
        )
        questions = self.questions.with_row_index("question")
        places = questions.select("question").join(places, on="question", how="left", maintain_order="left")
        return questions.hstack(self.items.drop("question", "consignment_id")[places["place"]])


def with_headings(frame: pl.DataFrame) -> pl.DataFrame:
    """Adds the chapter `hs2` and the heading `hs4` to a frame that has `hs6`."""
    return frame.with_columns(hs2=pl.col("hs6").str.head(2), hs4=pl.col("hs6").str.head(4))


def whole_sum(value: pl.Expr) -> pl.Expr:
    """The sum of a group, null where a part of it is missing; to a millionth, so that no order of addition can show."""
    return pl.when(value.is_not_null().all()).then(value.sum().round(6))
