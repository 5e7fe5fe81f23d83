"""Photographs, decoded by Pillow as the model's reference pre-processing has it."""

import io
import json

import numpy
from PIL import Image, ImageOps

from peer_model import NAME, ROOT, session_of

RESIZE = 256
CROP = 224
TOP_K = 5


class Photos:
    """Names what a photograph shows."""

    def __init__(self) -> None:
        folder = ROOT / "models" / NAME / "1"
        self.session = session_of(folder)
        self.labels = json.loads((folder / "labels.json").read_text())

    def score(self, files: list[bytes]) -> list[dict]:
        """One run for all of them."""
        (logits,) = self.session.run(["logits"], {"image": numpy.stack([pixels_of(it) for it in files])})
        exponents = numpy.exp(logits - logits.max(axis=1, keepdims=True))
        probabilities = exponents / exponents.sum(axis=1, keepdims=True)
        best = numpy.argsort(-probabilities, axis=1)[:, :TOP_K]
        return [
            {"predictions": [{"index": int(i), **self.labels[i], "probability": float(row[i])} for i in top]}
            for row, top in zip(probabilities, best)
        ]


def pixels_of(file: bytes) -> numpy.ndarray:
    """Upright, RGB, the shorter side resized (bicubic), the centre cropped."""
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(file))).convert("RGB")
    factor = RESIZE / min(image.size)
    image = image.resize((round(image.width * factor), round(image.height * factor)), Image.Resampling.BICUBIC)
    left, top = (image.width - CROP) // 2, (image.height - CROP) // 2
    return numpy.asarray(image.crop((left, top, left + CROP, top + CROP)))
