"""LightGBM's trees as one operator of ONNX.

``TreeEnsemble`` of ai.onnx.ml 5 keeps leaves apart from nodes, and modes as bytes: a third of the size
that the older operators have for the same trees.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from lightgbm import Booster
from onnx.helper import make_node
from onnx.numpy_helper import from_array

LESS_OR_EQUAL = 0
SUM = 1


@dataclass
class Ensemble:
    """Trees of a booster, flat. A branch to a leaf names its place among the leaves, any other a node's."""

    features: list[int] = field(default_factory=list)
    splits: list[float] = field(default_factory=list)
    branches: list[list[int]] = field(default_factory=list)  # When true, when false.
    leaf_branches: list[list[int]] = field(default_factory=list)  # Is it to a leaf: 1 or 0.
    leaves: list[float] = field(default_factory=list)
    roots: list[int] = field(default_factory=list)

    def add(self, tree: Any) -> None:
        """Adds a tree as LightGBM dumps it."""
        self.roots.append(len(self.features))
        if "left_child" in tree:
            self.add_node(tree)
        else:  # It has one leaf and no node; ONNX wants a node all the same.
            self.leaves.append(tree["leaf_value"])
            self.append_node(0, 0.0)
            self.branches[-1], self.leaf_branches[-1] = [len(self.leaves) - 1] * 2, [1, 1]

    def add_node(self, node: Any) -> int:
        """Adds a node and all below it. Returns its place."""
        if node["decision_type"] != "<=" or node["missing_type"] != "None":
            raise ValueError(f"not a split of numbers: {node['decision_type']}, {node['missing_type']}")
        place = self.append_node(node["split_feature"], node["threshold"])
        for side, child in enumerate((node["left_child"], node["right_child"])):
            is_leaf = "leaf_value" in child
            if is_leaf:
                self.leaves.append(child["leaf_value"])
            self.leaf_branches[place][side] = int(is_leaf)
            self.branches[place][side] = len(self.leaves) - 1 if is_leaf else self.add_node(child)
        return place

    def append_node(self, feature: int, split: float) -> int:
        self.features.append(feature)
        self.splits.append(split)
        self.branches.append([0, 0])
        self.leaf_branches.append([0, 0])
        return len(self.features) - 1

    def node(self, source: str, target: str) -> onnx.NodeProto:
        """Returns the operator: rows [n, features] in, sums of leaves [n, 1] out, all float32."""
        when_true, when_false = zip(*self.branches, strict=True)
        to_leaf_when_true, to_leaf_when_false = zip(*self.leaf_branches, strict=True)
        return make_node(
            "TreeEnsemble",
            [source],
            [target],
            domain="ai.onnx.ml",
            aggregate_function=SUM,
            n_targets=1,
            tree_roots=self.roots,
            nodes_featureids=self.features,
            nodes_splits=from_array(np.array(self.splits, np.float32)),
            nodes_modes=from_array(np.full(len(self.features), LESS_OR_EQUAL, np.uint8)),
            nodes_truenodeids=when_true,
            nodes_falsenodeids=when_false,
            nodes_trueleafs=to_leaf_when_true,
            nodes_falseleafs=to_leaf_when_false,
            leaf_targetids=[0] * len(self.leaves),
            leaf_weights=from_array(np.array(self.leaves, np.float32)),
        )


def ensemble_of(booster: Booster) -> Ensemble:
    """Returns the trees of a booster, each feature by its place among ``used_features``."""
    made = Ensemble()
    for tree in booster.dump_model()["tree_info"]:
        made.add(tree["tree_structure"])
    place = {feature: at for at, feature in enumerate(used_features(booster))}
    made.features = [place.get(feature, 0) for feature in made.features]
    return made


def used_features(booster: Booster) -> list[int]:
    """Returns the features that a tree asks for, ascending."""
    return [int(feature) for feature in np.flatnonzero(booster.feature_importance())]
