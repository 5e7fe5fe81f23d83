"""Trains the model and writes everything in ``1/`` but the card, whose tables it prints."""

import sys
from pathlib import Path

import numpy as np
import onnxruntime
from threadpoolctl import threadpool_limits

from artifacts import GOLDEN_EVERY, ODD_TEXTS, TOLERANCE, run, write_answers, write_golden, write_manifest, write_parity
from data import Original, read_originals, read_unrelated, split
from evaluate import baselines, rank, thresholds
from model import export, make_pipeline, prepared, with_answers

# Served as version 1.
FOLDER = Path(__file__).parent.parent / "1"
DEMO = "how do i clone an array"


def main() -> None:
    originals = read_originals()
    train, test = split(originals)
    known = with_answers(train, originals)
    pipeline = make_pipeline().fit(prepared(known.texts), known.labels)
    FOLDER.mkdir(exist_ok=True)
    export(pipeline, FOLDER / "model.onnx")
    write_answers(FOLDER, originals)
    write_manifest(FOLDER, len(originals))

    texts = [*test.texts, *ODD_TEXTS.values()]
    scores = pipeline.predict_proba(prepared(texts))
    difference = parity(FOLDER / "model.onnx", texts, scores)
    if difference > TOLERANCE:
        sys.exit(f"the graph is off by {difference:.1e}")
    write_parity(FOLDER, test.texts, scores)
    golden = {"demo": DEMO, **sampled(test.texts, originals, test.labels), **ODD_TEXTS}
    del golden["empty"]  # The API refuses it.
    write_golden(FOLDER, originals, golden, pipeline.predict_proba(prepared(list(golden.values()))))

    test_scores = scores[: len(test.texts)]
    print(f"{len(originals)} originals, {len(known.texts)} texts to learn from, {len(test.texts)} to test with")
    print(f"{len(pipeline['tfidf'].vocabulary_)} features, {(FOLDER / 'model.onnx').stat().st_size} bytes")
    print(f"largest difference between scikit-learn and onnxruntime: {difference:.1e}\n")
    print(rank(test_scores, test.labels).row("**this model**"))
    print("\n".join(baselines(originals, train, test)), "\n")
    unrelated = pipeline.predict_proba(prepared(read_unrelated()))
    print("\n".join(thresholds(test_scores, test.labels, unrelated)))


def parity(path: Path, texts: list[str], expected: np.ndarray) -> float:
    """Returns the largest difference over rows run alone, in order by 32, and shuffled by 32."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    in_order = np.arange(len(texts))
    shuffled = np.random.default_rng(0).permutation(len(texts))
    largest = 0.0
    for order, size in ((in_order, 1), (in_order, 32), (shuffled, 32)):
        for start in range(0, len(order), size):
            rows = order[start : start + size]
            actual = run(session, [texts[i] for i in rows])
            largest = max(largest, float(np.abs(actual - expected[rows]).max()))
    return largest


def sampled(texts: list[str], originals: list[Original], labels: list[int]) -> dict[str, str]:
    """Returns a few of the test questions by name."""
    return {f"test {i}, {originals[labels[i]].id}": texts[i] for i in range(0, len(texts), GOLDEN_EVERY)}


if __name__ == "__main__":
    # One thread: the sums, and so the checksum of the graph, do not depend on the machine's cores.
    with threadpool_limits(limits=1):
        main()
