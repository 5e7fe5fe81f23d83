"""The command line of train.py."""

import argparse
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from settings import ESTIMATORS, FOREIGN, RECIPES, Settings
from text import Subwords

MODELS = Path(__file__).parent.parent
NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")  # As in shared/model/manifest.ts.

DESCRIPTION = """
Trains a FAQ model from originals and their duplicates, and writes a version
that Scoreline serves. Progress goes to standard error, the report to standard
output.
"""
EXAMPLES = """
examples:
  the reference's filters, the settings of faq-javascript:
    python train.py --name faq --originals originals.tsv \\
      --duplicates duplicates.tsv --min-duplicates 12 --test-share 0.21
  forty settings by fivefold cross-validation, then the best one trained:
    python train.py --name faq --originals originals.tsv \\
      --duplicates duplicates.tsv --search 40 --folds 5
  the same, but only support vector machines of at most 8,000 features:
    ... --search 40 --estimator svm --max-features 8000
  the reference's own recipe, gradient boosting over pairs:
    python train.py --name faq --originals originals.tsv \
      --duplicates duplicates.tsv --recipe pairs --trees 2000
  once more what a search found, or any options from a file:
    ... @report-faq-1/best.args

Tables are tab-separated UTF-8 with a header line and without quoting.
"""


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="train.py",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=lambda prog: argparse.RawDescriptionHelpFormatter(prog, max_help_position=26, width=80),
        fromfile_prefix_chars="@",
        allow_abbrev=False,
    )
    add_tables(made.add_argument_group("tables"))
    add_settings(made.add_argument_group("settings; a search draws those that are not given"))
    add_way(made.add_argument_group("search and test"))
    add_version(made.add_argument_group("the version that is written"))
    return made


def add_tables(group: Any) -> None:
    def add(name: str, metavar: str, type: Any, help: str, **rest: Any) -> None:
        group.add_argument(name, metavar=metavar, type=type, help=help, **rest)

    add("--originals", "TSV", Path, "id, question and, if at hand, answer", required=True)
    add("--duplicates", "TSV", Path, "id of the original, text", required=True)
    add("--answers", "TSV", Path, "id, answer; instead of answers in --originals")
    add("--unrelated", "TSV", Path, "text: questions without an answer, for the threshold")
    add("--min-duplicates", "N", whole(0), "leave out originals with fewer (1)", default=1)
    add("--min-characters", "N", whole(1), "leave out shorter duplicates (1)", default=1)
    add(
        "--max-characters",
        "N",
        whole(1, 100_000),
        "leave out longer duplicates; longer texts are refused later (2000)",
        default=2000,
    )


def add_settings(group: Any) -> None:
    # Absent unless given: the search has to know what it may draw.
    def add(name: str, **rest: Any) -> None:
        group.add_argument(name, default=argparse.SUPPRESS, **rest)

    add("--recipe", choices=list(RECIPES), help="one classifier, or pairs of question and original (classes)")
    add("--estimator", choices=list(ESTIMATORS), help="(logistic)")
    starts = ", ".join(f"{name} {start:g}" for name, (start, _) in ESTIMATORS.items())
    add("--c", type=above_zero, metavar="C", help=f"inverse regularisation ({starts})")
    add("--class-weight", type=none_or(one_of("balanced")), metavar="none|balanced", help="(none)")
    add(
        "--subwords",
        type=none_or(subwords),
        metavar="MIN,MAX|none",
        help="character n-grams of each word (3,4; pairs: none)",
    )
    add("--ngrams", type=span, metavar="MIN,MAX", help="n-grams of words, or of words and subwords (1,1)")
    add("--min-df", type=whole(1), metavar="N", help="leave out features of fewer texts (2; pairs: 1)")
    add("--max-features", type=none_or(whole(1)), metavar="N|none", help="keep the most frequent only (none)")
    add("--binary", action=argparse.BooleanOptionalAction, help="whether a feature is there, not how often (no)")
    add("--idf", action=argparse.BooleanOptionalAction, help="rare features weigh more (yes)")
    add("--extra", type=extra, metavar="LIST|none", help="also learn from answers,ids (both)")
    add("--trees", type=whole(1), metavar="N", help="pairs: trees of the gradient boosting (2000)")
    add("--leaves", type=whole(2), metavar="N", help="pairs: most leaves of a tree (31)")
    add("--leaf-pairs", type=whole(1), metavar="N", help="pairs: least pairs that a leaf is learned from (20)")
    add("--others", type=whole(1), metavar="N", help="pairs: wrong originals that a text is paired with (19)")


def add_way(group: Any) -> None:
    group.add_argument("--search", type=whole(1), metavar="N", help="try N settings on the train split; take the best")
    group.add_argument("--folds", type=whole(2), default=3, metavar="K", help="of the cross-validation (3)")
    group.add_argument("--test-share", type=share, default=0.3, metavar="P", help="of each original's duplicates (0.3)")
    group.add_argument("--seed", type=whole(0), default=1, metavar="N", help="of split, folds and search (1)")


def add_version(group: Any) -> None:
    group.add_argument("--name", type=name, required=True, help="of the model: lower-case letters, digits, dashes")
    group.add_argument("--models", type=Path, default=MODELS, metavar="DIR", help="folder of the models (this one's)")
    group.add_argument("--version", type=whole(1), metavar="N", help="must be free (the next one)")
    group.add_argument("--threshold", type=share, default=0, metavar="P", help="matches below are left out (0)")
    group.add_argument("--max-batch-size", type=whole(1, 1024), default=32, metavar="N", help="texts of one run (32)")
    group.add_argument("--preload", action=argparse.BooleanOptionalAction, default=True, help="load at start (yes)")
    group.add_argument("--description", metavar="TEXT", help="one sentence for the manifest")
    group.add_argument("--license", metavar="SPDX", help="of the model, for the manifest")
    group.add_argument("--report", type=Path, metavar="DIR", help="for report, plot and search (report-NAME-VERSION)")


def parse(arguments: Sequence[str] | None = None) -> tuple[argparse.Namespace, dict[str, Any]]:
    """Returns the options, and those of the settings that were given. Exits with 2 on bad ones."""
    made = parser()
    options = made.parse_args(arguments)
    given = {name: value for name, value in vars(options).items() if name in Settings.__dataclass_fields__}
    refuse_foreign(made, options, given)
    home = options.models / options.name
    if options.version is None:
        taken = [int(entry.name) for entry in home.glob("*") if re.fullmatch(r"[1-9]\d*", entry.name)]
        options.version = max(taken, default=0) + 1
    elif (home / str(options.version)).exists():
        made.error(f"{home / str(options.version)} is there; versions are not changed once published")
    options.report = options.report or Path(f"report-{options.name}-{options.version}")
    return options, given


def refuse_foreign(made: argparse.ArgumentParser, options: argparse.Namespace, given: dict[str, Any]) -> None:
    """Ends the program where an option belongs to the other recipe, and would do nothing."""
    recipe = given.get("recipe", "classes")
    for name in FOREIGN[recipe]:
        if name in given:
            made.error(f"argument --{name.replace('_', '-')}: the recipe \"{recipe}\" has no such setting")
    if recipe == "pairs" and options.search is not None:
        made.error('argument --search: the recipe "pairs" is not searched; give its settings')


def whole(least: int, most: int | None = None) -> Any:
    def read(text: str) -> int:
        if not re.fullmatch(r"\d+", text) or int(text) < least or (most is not None and int(text) > most):
            bound = f"from {least}" if most is None else f"from {least} to {most}"
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number {bound}")
        return int(text)

    return read


def number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None


def above_zero(text: str) -> float:
    if not 0 < number(text) < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not above 0")
    return number(text)


def share(text: str) -> float:
    if not 0 <= number(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not at least 0 and below 1")
    return number(text)


def span(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d+),(\d+)", text)
    if not found or not 1 <= int(found[1]) <= int(found[2]) <= 10:
        raise argparse.ArgumentTypeError(f"{text!r} is not MIN,MAX with 1 <= MIN <= MAX <= 10")
    return int(found[1]), int(found[2])


def subwords(text: str) -> Subwords:
    return Subwords(*span(text))


def one_of(word: str) -> Any:
    def read(text: str) -> str:
        if text != word:
            raise argparse.ArgumentTypeError(f'{text!r} is neither "{word}" nor "none"')
        return text

    return read


def extra(text: str) -> tuple[str, ...]:
    words = () if text == "none" else tuple(text.split(","))
    if set(words) - {"answers", "ids"}:
        raise argparse.ArgumentTypeError(f'{text!r} is not of "answers", "ids", "answers,ids" and "none"')
    return tuple(sorted(set(words)))


def none_or(read: Any) -> Any:
    return lambda text: None if text == "none" else read(text)


def name(text: str) -> str:
    if not NAME.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not lower-case letters, digits and dashes, 64 at most")
    return text
