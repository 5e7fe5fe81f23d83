"""Finds things in photographs by numpy and onnxruntime: the right answer for detectors.test.ts.

`python detectors.py MODEL.onnx SPEC.json PHOTOGRAPH...`: beside each photograph lies `PHOTOGRAPH.rgb`, what the model
sees of it, 8 bits a channel. Writes a list of answers as JSON; the size of a photograph is what Pillow takes it for.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image, ImageOps

sys.path.insert(0, str(Path(__file__).parents[1] / "fixtures/detectors/build"))
from reference import detections, place  # noqa: E402

model, settings, *photographs = sys.argv[1:]
spec = json.loads(Path(settings).read_text())
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
name = session.get_inputs()[0].name
width, height = spec["size"]

answers = []
for path in photographs:
    upright = ImageOps.exif_transpose(Image.open(path))
    pixels = np.frombuffer(Path(f"{path}.rgb").read_bytes(), np.uint8).reshape(height, width, 3)
    tensor = (pixels.astype(np.float32) / np.float32(255)).transpose(2, 0, 1)[None]
    outputs = [one[0] for one in session.run(None, {name: tensor})]
    found, margin = detections(outputs, place(upright.width, upright.height, spec), spec)
    image = {"width": upright.width, "height": upright.height}
    answers.append({"detections": found, "image": image, "margin": margin})
json.dump(answers, sys.stdout)
