"""Makes ResNet-152 with seeded random weights, float32 and int8, as versions 1 and 2 of `resnet152-random`.

    python build.py FOLDER [--seed N]

For tests and benchmarks without a network: same layers, shapes, names and cost as the network that `models pull`
fetches, and answers that mean nothing. Then: MODELS_DIR=FOLDER npm start.
"""

import argparse
import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from PIL import Image

from network import random_resnet152
from quantise import quantise_int8

MODELS = Path(__file__).parents[2]
PULLED = MODELS / "resnet152" / "1"
PHOTOGRAPHS = sorted((MODELS / "image-classification" / "photos").glob("*.jpg"))
NAME = "resnet152-random"
VERSIONS = {1: "float32", 2: "int8"}


def build(folder: Path, seed: int) -> None:
    """Writes FOLDER/resnet152-random/1, /2 and /default."""
    settings = json.loads((PULLED / "manifest.json").read_text())
    names = (settings["inputs"][0]["name"], settings["outputs"][0]["name"])
    images = [prepared(path, settings["pipeline"]) for path in PHOTOGRAPHS]
    homes = {version: folder / NAME / str(version) for version in VERSIONS}
    for home in homes.values():
        home.mkdir(parents=True, exist_ok=True)
        shutil.copy(PULLED / "labels.json", home)
    graphs = {version: home / "model.onnx" for version, home in homes.items()}
    onnx.save(random_resnet152(seed, names), graphs[1])
    quantise_int8(graphs[1], graphs[2], names[0], images)
    for version, home in homes.items():
        write_manifest(home, version, settings)
    (folder / NAME / "default").write_text("1\n")
    report(graphs, names, np.stack(images))


def prepared(path: Path, pipeline: dict[str, object]) -> NDArray[np.float32]:
    """A photograph as the graph takes it, float32 [3, 224, 224], near enough for ranges and a comparison."""
    image = Image.open(path).convert("RGB")
    factor = pipeline["resize"] / min(image.size)
    image = image.resize([round(side * factor) for side in image.size], Image.Resampling.BILINEAR)
    left, top = ((side - pipeline["crop"]) // 2 for side in image.size)
    image = image.crop((left, top, left + pipeline["crop"], top + pipeline["crop"]))
    pixels = np.asarray(image, dtype=np.float32) * pipeline["scale"]
    return ((pixels - pipeline["mean"]) / pipeline["std"]).transpose(2, 0, 1).astype(np.float32)


def write_manifest(home: Path, version: int, settings: dict[str, object]) -> None:
    """That of the network which is pulled, but for name, version and file."""
    graph = (home / "model.onnx").read_bytes()
    manifest = settings | {
        "name": NAME,
        "version": version,
        "description": f"ResNet-152 with random weights ({VERSIONS[version]}): costs the same, means nothing.",
        "file": {"path": "model.onnx", "bytes": len(graph), "sha256": hashlib.sha256(graph).hexdigest()},
    }
    del manifest["$schema"]
    (home / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")


def report(graphs: dict[int, Path], names: tuple[str, str], images: NDArray[np.float32]) -> None:
    """Prints sizes, and how far int8 is from float32; raises when an output is no number."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    outputs = {}
    for version, graph in graphs.items():
        session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
        (outputs[version],) = session.run([names[1]], {names[0]: images})
        if not np.isfinite(outputs[version]).all():
            raise RuntimeError(f"{graph}: an output is not finite")
        print(f"{graph}  {graph.stat().st_size:,} bytes  logits spread {outputs[version].std():.3f}")
    likeness = np.corrcoef(outputs[1].ravel(), outputs[2].ravel())[0, 1]
    print(f"correlation of int8 with float32 over {len(images)} photographs: {likeness:.4f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where to write; 305 MB")
    parser.add_argument("--seed", type=int, default=152)
    arguments = parser.parse_args()
    build(arguments.folder, arguments.seed)
