"""The 1,000 ImageNet-1K classes in the order of the model's outputs."""

import runpy
from importlib.metadata import distribution
from typing import TypedDict

CHECKED = {
    0: "n01440764 tench",
    285: "n02124075 Egyptian cat",
    967: "n07920052 espresso",
    999: "n15075141 toilet tissue",
}
"""Well-known pairs; two lists that are out of step do not pass them."""


class Label(TypedDict):
    """One class: its English name and its WordNet 3.0 synset."""

    label: str
    wnid: str


def imagenet_labels() -> list[Label]:
    """Pairs torchvision's class names with timm's synset list, read as files so that neither package is imported."""
    meta = distribution("torchvision").locate_file("torchvision/models/_meta.py")
    names: list[str] = runpy.run_path(str(meta))["_IMAGENET_CATEGORIES"]
    synsets = distribution("timm").locate_file("timm/data/_info/imagenet_synsets.txt").read_text().split()
    labels = [Label(label=name, wnid=wnid) for name, wnid in zip(names, synsets, strict=True)]
    for index, pair in CHECKED.items():
        found = f"{labels[index]['wnid']} {labels[index]['label']}"
        if found != pair:
            raise ValueError(f"class {index} is {found}, expected {pair}")
    return labels
