"""The reference pre-processing: photograph in, uint8 pixels out. Written from the manifest, not from our TypeScript."""

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps

RESIZE = 256
CROP = 224

Pixels = NDArray[np.uint8]
"""uint8 [224, 224, 3], height, width, RGB."""


def centre_pixels(path: Path) -> Pixels:
    """The pixels that the manifest's pipeline takes from a photograph."""
    return np.asarray(centre_crop(shorter_side_resized(open_srgb(path))))


def view_pixels(path: Path) -> list[Pixels]:
    """Ten views of one photograph: its centre and its four corners, each also mirrored."""
    image = shorter_side_resized(open_srgb(path))
    right, bottom = image.width - CROP, image.height - CROP
    corners = [crop_at(image, left, top) for left in (0, right) for top in (0, bottom)]
    views = [centre_crop(image), *corners]
    return [np.asarray(view) for view in (*views, *map(ImageOps.mirror, views))]


def open_srgb(path: Path) -> Image.Image:
    """Opens an 8-bit RGB or grey photograph upright, as sRGB. Alpha, CMYK and 16 bit do not occur among ours."""
    image = ImageOps.exif_transpose(Image.open(path))
    profile = image.info.get("icc_profile")
    image = image.convert("RGB")
    if profile is not None:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), inPlace=True)
    return image


def shorter_side_resized(image: Image.Image) -> Image.Image:
    """Bicubic (a = -0.5, antialiased) to a shorter side of 256; the longer one is rounded to the nearest pixel."""
    factor = RESIZE / min(image.size)
    return image.resize((round(image.width * factor), round(image.height * factor)), Image.Resampling.BICUBIC)


def centre_crop(image: Image.Image) -> Image.Image:
    """The middle 224 x 224; an odd margin leaves the spare pixel on the right and below."""
    return crop_at(image, (image.width - CROP) // 2, (image.height - CROP) // 2)


def crop_at(image: Image.Image, left: int, top: int) -> Image.Image:
    """A 224 x 224 crop with this upper left corner."""
    return image.crop((left, top, left + CROP, top + CROP))
