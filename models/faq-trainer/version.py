"""Writes what is served and what the tests compare with."""

import hashlib
import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from data import Labelled, Original
from graph import TOLERANCE
from settings import Settings
from text import prepare

GOLDEN_SAMPLES = 12
MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Served:
    """What the manifest says besides what the model's settings say."""

    name: str
    version: int
    description: str
    license: str | None
    characters_max: int
    threshold: float  # Of 0 to 1: less probable matches are left out.
    batch_size_max: int = 32
    is_preloaded: bool = True


def write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def write_answers(folder: Path, originals: list[Original]) -> None:
    write_json(folder / "answers.json", [original.entry() for original in originals])


def write_manifest(folder: Path, served: Served, settings: Settings, class_count: int) -> None:
    graph = (folder / "model.onnx").read_bytes()
    manifest = {
        "$schema": "../../manifest.schema.json",
        "name": served.name,
        "version": served.version,
        "description": served.description,
        **({"license": served.license} if served.license else {}),
        "file": {"path": "model.onnx", "bytes": len(graph), "sha256": hashlib.sha256(graph).hexdigest()},
        "inputs": [{"name": "text", "dtype": "string", "shape": ["batch", 1]}],
        "outputs": [{"name": "probabilities", "dtype": "float32", "shape": ["batch", class_count]}],
        "pipeline": {
            "type": "text-match",
            "answers": "answers.json",
            "normalize": "nfkc",
            "lowercase": True,
            "subwords": asdict(settings.subwords) if settings.subwords else None,
            "max_characters": served.characters_max,
            "top_k": {"default": 3, "max": 20},
            "threshold": {"default": served.threshold},
        },
        "batching": {"max_batch_size": served.batch_size_max, "max_queue_delay_ms": 0},
        "execution_providers": ["cpu"],
        "run_timeout_ms": 10000,
        "warmup": {"batch_sizes": sorted({1, served.batch_size_max})},
        "preload": served.is_preloaded,
    }
    write_json(folder / MANIFEST, manifest)


def best(scores: np.ndarray, count: int) -> list[int]:
    """Returns the classes of the highest scores; equal scores keep the class order."""
    return [int(i) for i in np.argsort(-scores, kind="stable")[:count]]


def write_parity(folder: Path, texts: list[str], settings: Settings, scores: np.ndarray) -> None:
    """Writes the prepared texts and scikit-learn's five best probabilities of each."""
    cases = [
        {
            "text": text,
            "prepared": prepare(text, settings.subwords),
            "top": [[i, round(float(row[i]), 8)] for i in best(row, 5)],
        }
        for text, row in zip(texts, scores, strict=True)
    ]
    lines = ",\n".join(json.dumps(case, ensure_ascii=False, separators=(",", ":")) for case in cases)
    text = f'{{"tolerance": {TOLERANCE}, "cases": [\n{lines}\n]}}\n'
    (folder / "parity.json").write_text(text, encoding="utf-8")


def write_golden(
    folder: Path, originals: list[Original], texts: dict[str, str], truths: dict[str, str], scores: np.ndarray
) -> None:
    """Writes whole answers to texts by name, as the server gives them, and the ids that are right where known."""
    cases = []
    for (name, text), row in zip(texts.items(), scores, strict=True):
        matches = [
            {"rank": place, **originals[i].entry(), "probability": round(float(row[i]), 8)}
            for place, i in enumerate(best(row, 3), 1)
        ]
        parameters = {"top_k": 3, "threshold": 0}
        case = {"name": name, "input": {"text": text}, "parameters": parameters, "output": {"matches": matches}}
        cases.append({**case, "expected": {"id": truths[name]}} if name in truths else case)
    write_json(folder / "golden.json", {"tolerance": {"probability": TOLERANCE}, "cases": cases})


def write_held_out(folder: Path, originals: list[Original], test: Labelled, ranks: np.ndarray) -> None:
    """Writes the test questions with their truths, as a replay takes them, and the rank of each truth.

    ``ranks.json`` has the ranks in the order of the lines of ``held-out.ndjson``; a rank ends in .5 where
    equal scores share it.
    """
    lines = [
        json.dumps({"input": {"text": text}, "expected": {"id": originals[label].id}}, ensure_ascii=False)
        for text, label in zip(test.texts, test.labels, strict=True)
    ]
    (folder / "held-out.ndjson").write_text("\n".join(lines) + "\n", encoding="utf-8")
    plain = [int(rank) if rank == int(rank) else float(rank) for rank in ranks]
    (folder / "ranks.json").write_text(json.dumps(plain, separators=(",", ":")) + "\n", encoding="utf-8")


def sampled(texts: list[str], ids: list[str]) -> dict[str, str]:
    """Returns a few of the test questions by name."""
    every = max(1, len(texts) // GOLDEN_SAMPLES)
    return {f"test {i}, {ids[i]}": texts[i] for i in range(0, len(texts), every)}


def publish(made: Path, folder: Path) -> None:
    """Copies a version into its folder, manifest last: a running system never sees half of one.

    Raises FileExistsError if the folder is there: versions are not changed once published.
    """
    folder.mkdir(parents=True)
    for file in sorted(made.iterdir()):
        if file.name != MANIFEST:
            shutil.copyfile(file, folder / file.name)
    partial = folder / f"{MANIFEST}.part"
    shutil.copyfile(made / MANIFEST, partial)
    partial.rename(folder / MANIFEST)
