"""Trains, exports and describes the version in ../1: `python train.py`, about ten seconds."""

import hashlib
import json
from pathlib import Path

import numpy as np
import onnxruntime
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType
from sklearn.datasets import load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

FOLDER = Path(__file__).parent.parent / "1"

wine = load_wine()
columns = [name.replace("/", "_") for name in wine.feature_names]
rows = wine.data.astype(np.float32)
labels = wine.target_names[wine.target]
train_x, test_x, train_y, test_y = train_test_split(
    rows, labels, test_size=0.3, random_state=0, stratify=labels
)
model = make_pipeline(StandardScaler(), LogisticRegression()).fit(train_x, train_y)

graph = convert_sklearn(
    model,
    initial_types=[("features", FloatTensorType([None, len(columns)]))],
    options={"zipmap": False},  # tensors out, not maps
    target_opset={"": 17, "ai.onnx.ml": 3},
).SerializeToString()
session = onnxruntime.InferenceSession(graph)
got_labels, got = session.run(["label", "probabilities"], {"features": rows})
wanted = model.predict_proba(rows)
assert np.abs(got - wanted).max() <= 1e-5 and (got_labels == model.predict(rows)).all()
print(f"accuracy {model.score(test_x, test_y):.4f} on {len(test_y)} held-out rows")
print(f"parity {np.abs(got - wanted).max():.1e} on all {len(rows)} rows")

classes = [str(name) for name in model.classes_]
cases = [
    {
        "name": f"row {i}",
        "input": {name: float(str(it)) for name, it in zip(columns, rows[i], strict=True)},
        "parameters": {},
        "output": {
            "label": str(model.predict(rows[i : i + 1])[0]),
            "probabilities": dict(zip(classes, wanted[i].tolist(), strict=True)),
        },
    }
    for i in range(len(rows))
]
golden = {"tolerance": {"probability": 1e-5}, "cases": cases}
manifest = json.loads((FOLDER / "manifest.json").read_text())
manifest["file"].update(bytes=len(graph), sha256=hashlib.sha256(graph).hexdigest())
(FOLDER / "model.onnx").write_bytes(graph)
(FOLDER / "golden.json").write_text(json.dumps(golden, indent=1) + "\n")
(FOLDER / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
