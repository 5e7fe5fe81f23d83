"""The figures as text: for the terminal, the report and the card."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from data import Original
from evaluate import RANKING_HEADER, Cut, Ranking, percent, worst_originals, worst_texts

WORST_SHOWN = 15


@dataclass(frozen=True)
class Figures:
    """What the test split says of a model."""

    ranking: Ranking
    baselines: dict[str, Ranking]
    cuts: list[Cut]
    parity: float
    parity_text_count: int
    feature_count: int
    graph_bytes: int


def table(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Returns a Markdown table with its columns aligned."""
    cells = [[str(cell).replace("|", "\\|") for cell in row] for row in [header, *rows]]
    widths = [max(3, *(len(row[column]) for row in cells)) for column in range(len(header))]
    lines = [[cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in cells]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def ranking_table(figures: Figures) -> str:
    rows = [["**this model**", *figures.ranking.cells()]]
    rows += [[name, *ranking.cells()] for name, ranking in figures.baselines.items()]
    return table(["accuracy", *RANKING_HEADER], rows)


def threshold_table(cuts: list[Cut]) -> str:
    with_unrelated = cuts[0].rejected is not None
    header = ["threshold", "precision", "answered", "recall", *(["unrelated rejected"] if with_unrelated else [])]
    rows = [
        [f"{cut.threshold:.2f}", percent(cut.precision), percent(cut.answered), percent(cut.recall)]
        + ([percent(cut.rejected)] if cut.rejected is not None else [])
        for cut in cuts
    ]
    return table(header, rows)


def report(title: str, facts: Sequence[str], figures: Figures, worst: str) -> str:
    """Returns the whole report as Markdown, 80 columns wide."""
    return (
        "\n\n".join(
            [
                f"# {title}",
                "\n".join(f"- {fact}" for fact in facts),
                "Share of the test questions whose original is at rank 1, 2, ... at most; of\n"
                "equal scores each gets the average rank.",
                ranking_table(figures),
                "What a threshold on the best probability lets through. Precision: of those\n"
                "answered, right at rank 1; recall: of all, answered and right.",
                threshold_table(figures.cuts),
                worst,
            ]
        )
        + "\n"
    )


def worst_tables(originals: list[Original], ranking: Ranking, scores: Any, test: Any) -> str:
    """Returns the originals that are missed most, and the questions that miss most."""
    entries = worst_originals(originals, ranking.ranks, scores, test.labels)[:WORST_SHOWN]
    texts = worst_texts(originals, ranking.ranks, scores, test)[:WORST_SHOWN]
    entry_rows = [[cut(id, 26), count, at, mean, cut(taken, 22)] for id, count, at, mean, taken in entries]
    text_rows = [[place, cut(id, 16), cut(taken, 16), cut(text, 26)] for place, id, taken, text in texts]
    return "\n\n".join(
        [
            "The originals that do worst:",
            table(["original", "tests", "@1", "mean rank", "most taken for"], entry_rows),
            "The test questions that do worst:",
            table(["rank", "right", "taken for", "text"], text_rows),
        ]
    )


def cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"
