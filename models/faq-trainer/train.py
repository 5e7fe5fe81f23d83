"""Trains a FAQ model from tables, and writes a version that Scoreline serves; see README.md."""

import sys
from collections.abc import Sequence

import options
from data import Limits, read_faq, read_unrelated
from table import TableError


def main(arguments: Sequence[str] | None = None) -> None:
    chosen, given = options.parse(arguments)
    limits = Limits(chosen.min_duplicates, chosen.min_characters, chosen.max_characters)
    try:
        faq = read_faq(chosen.originals, chosen.duplicates, chosen.answers, limits)
        unrelated = read_unrelated(chosen.unrelated) if chosen.unrelated else []
    except TableError as error:
        refuse(error)
    except OSError as error:
        refuse(f"{error.filename}: {error.strerror}")
    if len(faq.originals) < 2:
        refuse(f"{len(faq.originals)} originals are left; needed are 2 ({'; '.join(faq.left_out) or 'none left out'})")
    # Importing scikit-learn takes seconds, and bad options and tables need not wait for it.
    from make import make_version

    make_version(chosen, given, faq, unrelated, say)


def refuse(reason: object) -> None:
    sys.exit(f"train.py: {reason}")


def say(line: str) -> None:
    """Reports progress; the report itself is what goes to standard output."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
