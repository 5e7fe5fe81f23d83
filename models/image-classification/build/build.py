"""Makes both versions of the image classifier: graph, labels, golden cases and manifest, and the `default` file.

    python build.py

Rewrites ../1, ../2 and ../default from the packages in requirements.txt and the photographs in ../photos. The cards
are written by hand.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from export import export_float32
from labels import Label, imagenet_labels
from quantise import quantise_int8
from scoring import TOP_K, open_session, predictions, top_classes

MODEL = Path(__file__).parent.parent
PHOTOGRAPHS = sorted((MODEL / "photos").glob("*.jpg"))


@dataclass(frozen=True)
class Version:
    """What differs between the two versions."""

    number: int
    description: str
    tolerance: float
    """Largest |Δ probability| a correct pipeline may show; from parity.mjs, see the version's card."""

    @property
    def folder(self) -> Path:
        """Where this version's files lie."""
        return MODEL / str(self.number)

    @property
    def graph(self) -> Path:
        """This version's ONNX file."""
        return self.folder / "model.onnx"


FLOAT32 = Version(1, "Names what a photograph shows, of 1,000 ImageNet classes (EfficientNet-Lite0, float32).", 0.035)
INT8 = Version(2, "Names what a photograph shows, of 1,000 ImageNet classes (EfficientNet-Lite0, int8).", 0.06)


def build() -> None:
    """Makes everything, then chooses the default version by the two graphs' agreement."""
    labels = imagenet_labels()
    export_float32(FLOAT32.graph)
    quantise_int8(FLOAT32.graph, INT8.graph, PHOTOGRAPHS)
    default = default_version()
    (MODEL / "default").write_text(f"{default.number}\n")
    for version in (FLOAT32, INT8):
        (version.folder / "labels.json").write_text(labels_json(labels))
        write_json(version.folder / "golden.json", golden(version, labels))
        write_json(version.folder / "manifest.json", manifest(version, preload=version == default))


def default_version() -> Version:
    """Int8 only if it names the same class as float32 in every view of every photograph."""
    agrees = top_classes(FLOAT32.graph, PHOTOGRAPHS) == top_classes(INT8.graph, PHOTOGRAPHS)
    print(f"int8 agrees with float32 in {agrees.sum()} of {agrees.size} views of {len(PHOTOGRAPHS)} photographs")
    return INT8 if agrees.all() else FLOAT32


def labels_json(labels: list[Label]) -> str:
    """One class per line, so that line n holds class n - 2."""
    return "[\n" + ",\n".join(json.dumps(label, ensure_ascii=False) for label in labels) + "\n]\n"


def golden(version: Version, labels: list[Label]) -> dict[str, object]:
    """Every photograph with the answer expected of this version."""
    session = open_session(version.graph)
    return {
        "tolerance": {"probability": version.tolerance, "top1_exact": True},
        "cases": [
            {
                "name": path.stem,
                "input_file": f"../photos/{path.name}",
                "parameters": {"top_k": TOP_K},
                "output": {"predictions": predictions(session, path, labels)},
            }
            for path in PHOTOGRAPHS
        ],
    }


def manifest(version: Version, preload: bool) -> dict[str, object]:
    """The manifest of one version; see models/manifest.schema.json for the meaning of every key."""
    graph = version.graph.read_bytes()
    return {
        "$schema": "../../manifest.schema.json",
        "name": "image-classification",
        "version": version.number,
        "description": version.description,
        "license": "Apache-2.0",
        "file": {"path": "model.onnx", "bytes": len(graph), "sha256": hashlib.sha256(graph).hexdigest()},
        "inputs": [{"name": "image", "dtype": "uint8", "shape": ["batch", 224, 224, 3]}],
        "outputs": [{"name": "logits", "dtype": "float32", "shape": ["batch", 1000]}],
        "pipeline": {
            "type": "image-classification",
            "labels": "labels.json",
            "resize": 256,
            "crop": 224,
            "kernel": "cubic",
            "layout": "nhwc",
            "scale": 1,
            "mean": [0, 0, 0],
            "std": [1, 1, 1],
            "activation": "softmax",
            "top_k": {"default": 5, "max": 100},
        },
        "batching": {"max_batch_size": 8, "max_queue_delay_ms": 0},
        "execution_providers": ["cpu"],
        "run_timeout_ms": 30000,
        "warmup": {"batch_sizes": [1, 4]},
        "preload": preload,
    }


def write_json(target: Path, content: dict[str, object]) -> None:
    """Writes indented JSON with a final newline."""
    target.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    build()
