"""Quantises the float32 graph: static QDQ, int8 weights per channel, uint8 activations.

Only depthwise weights use all eight bits. A CPU without VNNI adds two products of a uint8 and an int8 in 16 bits, and
the sum of two full-range products does not fit: the graph would answer differently there. Seven bits fit, and
depthwise convolutions do not take that path.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from preprocess import Pixels, view_pixels

FLOAT_CONVOLUTIONS = 3
"""How many convolutions stay float32: the stem and the first block, where rounding hurts most and costs no time."""


class PhotographReader(CalibrationDataReader):
    """Hands the calibrator every view of every photograph, one at a time."""

    def __init__(self, photographs: list[Path]) -> None:
        self.views: Iterator[Pixels] = (view for path in photographs for view in view_pixels(path))

    def get_next(self) -> dict[str, NDArray[np.uint8]] | None:
        """The next input, uint8 [1, 224, 224, 3], or None at the end."""
        view = next(self.views, None)
        return None if view is None else {"image": view[np.newaxis]}


def quantise_int8(source: Path, target: Path, photographs: list[Path]) -> None:
    """Writes the int8 graph of `source`; the activation ranges are the extremes seen on the photographs."""
    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "prepared.onnx"
        quant_pre_process(str(source), str(prepared))
        quantize_static(
            str(prepared),
            str(target),
            PhotographReader(photographs),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
            reduce_range=True,
            nodes_to_exclude=[node.name for node in convolutions(prepared)[:FLOAT_CONVOLUTIONS]],
            extra_options={"TensorQuantOverrides": depthwise_in_eight_bits(prepared)},
        )


def depthwise_in_eight_bits(graph: Path) -> dict[str, list[dict[str, object]]]:
    """Overrides `reduce_range` for the weights of the quantised depthwise convolutions."""
    full_range = {"quant_type": QuantType.QInt8, "axis": 0, "reduce_range": False}
    quantised = convolutions(graph)[FLOAT_CONVOLUTIONS:]
    return {node.input[1]: [dict(full_range)] for node in quantised if is_depthwise(node)}


def convolutions(graph: Path) -> list[onnx.NodeProto]:
    """The graph's convolutions in order."""
    return [node for node in onnx.load(graph).graph.node if node.op_type == "Conv"]


def is_depthwise(convolution: onnx.NodeProto) -> bool:
    """Whether a convolution has more than one group; in this network that means one per channel."""
    return any(attribute.name == "group" and attribute.i > 1 for attribute in convolution.attribute)
