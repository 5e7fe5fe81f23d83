"""Float32 to int8: static QDQ, weights per channel in seven bits, uint8 activations, ranges seen on photographs.

Seven bits for the weights, because a CPU without VNNI adds two products of uint8 and int8 in 16 bits, and full-range
ones do not fit: the graph would answer differently there.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process


class ImageReader(CalibrationDataReader):
    """Hands the calibrator one image at a time."""

    def __init__(self, name: str, images: list[NDArray[np.float32]]) -> None:
        self.name = name
        self.images: Iterator[NDArray[np.float32]] = iter(images)

    def get_next(self) -> dict[str, NDArray[np.float32]] | None:
        """The next input, float32 [1, 3, 224, 224], or None at the end."""
        image = next(self.images, None)
        return None if image is None else {self.name: image[np.newaxis]}


def quantise_int8(source: Path, target: Path, input_name: str, images: list[NDArray[np.float32]]) -> None:
    """Writes the int8 graph of `source`. Raises when a convolution would still run in float32."""
    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "prepared.onnx"
        quant_pre_process(str(source), str(prepared))
        quantize_static(
            str(prepared),
            str(target),
            ImageReader(input_name, images),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
        )
    check_int8(target)


def check_int8(graph: Path) -> None:
    """Holds ONNX Runtime to it: as many convolutions in int8 as there are, and none beside.

    A bias that the quantiser cannot read as a constant (behind an Identity node, say) leaves its convolution in
    float32 without a word, and the graph is then slower than the one it was made from.
    """
    there = count(onnx.load(graph), "Conv")
    with tempfile.TemporaryDirectory() as folder:
        options = onnxruntime.SessionOptions()
        options.optimized_model_filepath = str(Path(folder) / "optimised.onnx")
        options.log_severity_level = 3
        onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
        optimised = onnx.load(options.optimized_model_filepath)
    in_int8 = count(optimised, "QLinearConv")
    if in_int8 != there:
        raise RuntimeError(f"{in_int8} of {there} convolutions run in int8")


def count(model: onnx.ModelProto, op_type: str) -> int:
    """Nodes of one type."""
    return sum(node.op_type == op_type for node in model.graph.node)
