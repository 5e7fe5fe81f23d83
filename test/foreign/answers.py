"""What onnxruntime answers to made-up rows of models.

Standard input: a JSON array of models, each with the path of its file, whether a batch dimension
has to be put in front of its rows, and its rows: for every input a dtype, a shape, and the range or
the only value of its elements; `gaps` is the share of them that is missing. Standard output: for
every model its rows, with inputs and outputs as the API has tensors.
"""

import base64
import json
import sys
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

Array = NDArray[Any]

RANDOM = np.random.default_rng(18)
DATATYPES = {
    "float32": "FP32",
    "float64": "FP64",
    "int64": "INT64",
    "int32": "INT32",
    "bool": "BOOL",
}


def made_up(spec: dict[str, Any]) -> Array:
    dtype, shape = np.dtype(spec["dtype"]), tuple(spec["shape"])
    if "value" in spec:
        return np.full(shape, spec["value"], dtype)
    low, high = spec["range"]
    if dtype.kind == "f":
        values = RANDOM.uniform(low, high, shape).astype(dtype)
        values[RANDOM.uniform(size=shape) < spec.get("gaps", 0)] = np.nan
        return values
    return RANDOM.integers(low, high, shape).astype(dtype)


def typed(array: Array) -> dict[str, Any]:
    return {
        "datatype": DATATYPES[str(array.dtype)],
        "shape": list(array.shape),
        "encoding": "base64",
        "data": base64.b64encode(np.ascontiguousarray(array).tobytes()).decode(),
    }


def unzipped(result: Any) -> Array:
    """The probabilities of a ZipMap, in the order of its classes."""
    if isinstance(result, np.ndarray):
        return result
    return np.array([list(row.values()) for row in result], np.float32)


def answers_of(model: dict[str, Any]) -> list[dict[str, Any]]:
    session = onnxruntime.InferenceSession(model["path"], providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    answers = []
    for row in model["rows"]:
        inputs = {name: made_up(spec) for name, spec in row.items()}
        batched = model["batched"]
        feeds = {name: array[None] if batched else array for name, array in inputs.items()}
        results = [unzipped(result) for result in session.run(None, feeds)]
        outputs = {name: result[0] if batched else result for name, result in zip(names, results)}
        answers.append(
            {
                "input": {name: typed(array) for name, array in inputs.items()},
                "output": {name: typed(np.asarray(array)) for name, array in outputs.items()},
            }
        )
    return answers


json.dump([answers_of(model) for model in json.load(sys.stdin)], sys.stdout)
