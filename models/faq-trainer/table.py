"""Reads tab-separated files; what is wrong with one is said with its line number."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

FAULTS_SHOWN = 20


class TableError(Exception):
    """Faults of one file, each `FILE, line N: reason`."""

    def __init__(self, path: Path, faults: Sequence[tuple[int, str]]) -> None:
        shown = [f"{path}, line {line}: {reason}" for line, reason in faults[:FAULTS_SHOWN]]
        if len(faults) > FAULTS_SHOWN:
            shown.append(f"{path}: {len(faults) - FAULTS_SHOWN} more faults")
        super().__init__("\n".join(shown))


@dataclass(frozen=True)
class Row:
    """One line of a file. Cells are stripped, and none that was asked for is empty."""

    line: int
    cells: dict[str, str]


def read_table(path: Path, needed: Sequence[str], optional: Sequence[str] = ()) -> list[Row]:
    """Reads a file of UTF-8 with a header line and without quoting; columns not asked for are left out.

    Raises TableError with every fault, OSError if there is no such file.
    """
    faults: list[tuple[int, str]] = []
    lines = decoded(path.read_bytes(), faults)
    if faults or not lines:
        raise TableError(path, faults or [(1, "the file is empty")])
    header = lines[0].split("\t")
    wanted = [*needed, *(name for name in optional if name in header)]
    for name in wanted:
        if header.count(name) != 1:
            there = ", ".join(f'"{name}"' for name in header)
            faults.append((1, f'{header.count(name)} columns are named "{name}", needed is 1; there are {there}'))
    if faults:
        raise TableError(path, faults)
    rows = [row_of(line, number, header, wanted, faults) for number, line in enumerate(lines[1:], 2)]
    if not rows:
        faults.append((2, "there is nothing below the header"))
    if faults:
        raise TableError(path, faults)
    return rows


def decoded(content: bytes, faults: list[tuple[int, str]]) -> list[str]:
    """Returns the lines without their ends, and without the empty ones at the end of the file."""
    lines = []
    for number, raw in enumerate(content.removeprefix(b"\xef\xbb\xbf").rstrip(b"\r\n").split(b"\n"), 1):
        try:
            lines.append(raw.removesuffix(b"\r").decode("utf-8"))
        except UnicodeDecodeError as error:
            faults.append((number, f"byte {error.start + 1} is not UTF-8"))
    return lines if content.strip() else []


def row_of(line: str, number: int, header: list[str], wanted: list[str], faults: list[tuple[int, str]]) -> Row:
    cells = line.split("\t")
    if len(cells) != len(header):
        faults.append((number, f"{len(cells)} cells, but the header has {len(header)} (there is no quoting)"))
        return Row(number, {})
    named = {name: cell.strip() for name, cell in zip(header, cells, strict=True) if name in wanted}
    faults += [(number, f'"{name}" is empty') for name in wanted if not named[name]]
    return Row(number, named)
