"""Gathers the photographs under ../photos from the packages that ship them.

Run only when the set changes: the photographs themselves are kept in the repository, and `build.py` reads those.

    python photos.py SOURCES

`SOURCES` holds one unpacked package per folder, named as in `Photo.package` up to the first blank (see README.md).
"""

import bz2
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps

PHOTOS = Path(__file__).parent.parent / "photos"
LONGEST_SIDE = 800
JPEG_QUALITY = 90

SCIKIT_IMAGE = "scikit-image 0.26.0 (PyPI)"
SCIKIT_LEARN = "scikit-learn 1.9.1 (PyPI)"
SCIPY = "scipy 1.5.4 (PyPI)"
LIBJXL = "libjxl-testdata 0.0~git20230110.d6168ff-1 (Debian)"
LOMIRI = "lomiri-wallpapers-16.04 20.04.0-2 (Debian)"

SKIMAGE_FILES = "skimage/data"
SKLEARN_FILES = "sklearn/datasets/images"
WESATURATE_FILES = "usr/share/libjxl-testdata/external/wesaturate/500px"
LOMIRI_FILES = "usr/share/backgrounds"

SKIMAGE_NOTE = "docstring of `skimage.data.{}`"
SKLEARN_NOTE = "`sklearn/datasets/images/README.txt`"
LIBJXL_NOTE = "the package's `copyright`, and `LICENSE.md` beside the file"
LOMIRI_NOTE = "the package's `copyright`"


@dataclass(frozen=True)
class Photo:
    """One photograph: where it comes from, and why we may ship it."""

    name: str
    shows: str
    package: str
    path: str
    author: str
    licence: str
    stated_in: str


def skimage(name: str, shows: str, source: str, author: str, licence: str) -> Photo:
    """A photograph of `skimage.data`; the docstring of the function of that name states the licence."""
    note = SKIMAGE_NOTE.format(Path(source).stem)
    return Photo(name, shows, SCIKIT_IMAGE, f"{SKIMAGE_FILES}/{source}", author, licence, note)


def wesaturate(name: str, shows: str, source: str, author: str) -> Photo:
    """A CC0 photograph of Wesaturate; the author is the account name that the file name ends in."""
    return Photo(name, shows, LIBJXL, f"{WESATURATE_FILES}/{source}", author, "CC0-1.0", LIBJXL_NOTE)


def lomiri(name: str, shows: str, source: str, author: str, licence: str = "CC-BY-4.0") -> Photo:
    """A wallpaper of Lomiri; the package's `copyright` lists every file with its author."""
    return Photo(name, shows, LOMIRI, f"{LOMIRI_FILES}/{source}", author, licence, LOMIRI_NOTE)


CATALOGUE: tuple[Photo, ...] = (
    skimage("astronaut", "Eileen Collins before a shuttle model", "astronaut.png", "NASA", "public domain"),
    lomiri("beanbag", "a beanbag before a table with wine", "Wine_by_Jakkub_Mede.jpg", "Jakub Mede"),
    wesaturate("blossom", "a branch in blossom", "u76c0g_bliznaca_srgb8.png", "bliznaca"),
    skimage("cat", "Chelsea the cat", "chelsea.png", "Stefan van der Walt", "CC0-1.0"),
    Photo(
        "dahlia",
        "a dahlia",
        SCIKIT_LEARN,
        f"{SKLEARN_FILES}/flower.jpg",
        'Flickr account "vultilion" (the README\'s link; its text repeats "danielbuechele")',
        "CC-BY-2.0",
        SKLEARN_NOTE,
    ),
    Photo(
        "daisies",
        "pink and white daisies",
        LIBJXL,
        "usr/share/libjxl-testdata/jxl/flower/flower.png",
        "the JPEG XL Project Authors",
        "BSD-3-Clause",
        "the package's `copyright`",
    ),
    lomiri(
        "dandelion", "a dandelion gone to seed", "seeding_by_Clements_Engelhardt.jpg", "Clemens Engelhardt", "CC0-1.0"
    ),
    lomiri("dogs", "two dogs on wooden stairs", "friends_by_Aitzol_Berasategi.jpg", "Aitzol Berasategi"),
    skimage("espresso", "a cup of coffee", "coffee.png", "Rachel Michetti, Pikolo Espresso Bar", "CC0-1.0"),
    lomiri("fig", "half a fig in a red bowl", "Picture_0B_by_freespace.jpg", 'Trevor "Freespace"'),
    lomiri(
        "mountains", "a path below the Picos de Europa", "picosdeeuropa_by_Aitzol_Berasategi.jpg", "Aitzol Berasategi"
    ),
    Photo(
        "pagoda",
        "a tower of the Summer Palace",
        SCIKIT_LEARN,
        f"{SKLEARN_FILES}/china.jpg",
        'Flickr account "danielbuechele"',
        "CC-BY-2.0",
        SKLEARN_NOTE,
    ),
    lomiri("paintbrushes", "paintbrushes in many colours", "Picture_1A_by_freespace.jpg", 'Trevor "Freespace"'),
    Photo(
        "raccoon",
        "a raccoon among leaves",
        SCIPY,
        "scipy/misc/face.dat",
        "unnamed, public-domain-image.com",
        "public domain",
        "docstring of `scipy.misc.face`",
    ),
    skimage("rocket", "a Falcon 9 before dawn, in Adobe RGB", "rocket.jpg", "SpaceX", "public domain"),
    wesaturate("shore", "a rocky shore", "cvo9xd_keong_macan_srgb8.png", "keong_macan"),
    lomiri("stream", "a stream in a wood", "life_by_Aitzol_Berasategi.jpg", "Aitzol Berasategi"),
    lomiri("sunset", "a sunset over hills", "sunset_by_Aitzol_Berasategi.jpg", "Aitzol Berasategi"),
    skimage("tripod", "a photographer at a tripod, grey only", "camera.png", "Lav Varshney", "CC0-1.0"),
    wesaturate("tulips", "pink tulips", "tmshre_riaphotographs_srgb8.png", "riaphotographs"),
)


def gather(sources: Path) -> None:
    """Writes every photograph of the catalogue and the README that names its author and licence."""
    PHOTOS.mkdir(exist_ok=True)
    for photo in CATALOGUE:
        package = photo.package.partition(" ")[0]
        write_photo(sources / package / photo.path, PHOTOS / f"{photo.name}.jpg")
    (PHOTOS / "README.md").write_text(readme())


def write_photo(source: Path, target: Path) -> None:
    """Copies a JPEG that is small enough, byte for byte; shrinks and re-encodes anything else.

    EXIF and colour profile stay as they are, so a viewer and our pre-processing still see what the author saved.
    """
    if source.suffix == ".dat":
        image = Image.frombytes("RGB", (1024, 768), bz2.decompress(source.read_bytes()))
    else:
        image = Image.open(source)
    if image.format == "JPEG" and max(image.size) <= LONGEST_SIDE:
        shutil.copyfile(source, target)
        return
    kept = {key: image.info[key] for key in ("exif", "icc_profile") if key in image.info}
    small = ImageOps.contain(image, (LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    (small if max(image.size) > LONGEST_SIDE else image).save(target, quality=JPEG_QUALITY, optimize=True, **kept)


def readme() -> str:
    """The photographs' README: one row per photograph."""
    rows = "\n".join(
        f"| `{p.name}.jpg` | {p.shows} | {p.author} | {p.licence} | {p.package}, `{p.path}` | {p.stated_in} |"
        for p in CATALOGUE
    )
    return f"""# Photographs

Real photographs under free licences, taken from packages. They calibrate the int8 model and are the golden cases of
both versions. Written by `../build/photos.py`.

Changed by us: the longest side is at most {LONGEST_SIDE} pixels, and what was not already such a JPEG is re-encoded at
quality {JPEG_QUALITY}. EXIF and colour profiles are kept. Whoever uses a CC-BY
photograph names its author.

| file | shows | author | licence | comes from | licence stated in |
| --- | --- | --- | --- | --- | --- |
{rows}
"""


if __name__ == "__main__":
    gather(Path(sys.argv[1]))
