"""Tables as users of scikit-learn, LightGBM and XGBoost export them, and what those libraries predict.

usage: tables.py FOLDER, which gets NAME.onnx, and cases.json: by name, `rows` as a client sends them and
`outputs` as the API answers. The predictions are the library's own and not onnxruntime's.
"""

import json
import sys
import warnings
from pathlib import Path

import lightgbm
import numpy as np
import onnxmltools
import pandas as pd
import xgboost
from onnxmltools.convert.common.data_types import FloatTensorType as ToolsFloat
from skl2onnx import to_onnx
from skl2onnx.common.data_types import (
    DoubleTensorType,
    FloatTensorType,
    Int64TensorType,
    StringTensorType,
)
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.ensemble import IsolationForest, RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.multioutput import MultiOutputClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.svm import SVC

warnings.filterwarnings("ignore")
FOLDER = Path(sys.argv[1])
COUNT = 60
OPSET = 15
NO_ZIPMAP = {"zipmap": False}
random = np.random.default_rng(0)
cases = {}

X, y = load_breast_cancer(return_X_y=True)
X = X.astype(np.float32)
GAPS = X.copy()
GAPS[random.random(X.shape) < 0.1] = np.nan
WIDE = [("X", FloatTensorType([None, 30]))]
TOOLS = [("input", ToolsFloat([None, 30]))]


def plain(value):
    """JSON of a number or text; what is missing is null."""
    value = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(value, float) and np.isnan(value) else value


def record(values) -> dict:
    return {f"x{i}": plain(value) for i, value in enumerate(values)}


def add(name, graph, rows, outputs, tolerance=1e-5) -> None:
    (FOLDER / f"{name}.onnx").write_bytes(graph.SerializeToString())
    cases[name] = {"rows": rows, "outputs": outputs, "tolerance": tolerance}
    print(name)


def classified(model, data) -> list:
    """`label` and `probabilities` of each row."""
    names = [str(plain(one)) for one in model.classes_]
    chances = model.predict_proba(data)
    return [
        {"label": plain(label), "probabilities": dict(zip(names, map(float, chance)))}
        for label, chance in zip(model.predict(data), chances)
    ]


def variables(model, data) -> list:
    return [{"variable": float(value)} for value in np.ravel(model.predict(data))]


def wide(name, model, graph, data=X, answer=classified, tolerance=1e-5) -> None:
    rows = data[:COUNT]
    add(name, graph, [record(row) for row in rows], answer(model, rows), tolerance)


def boosted() -> None:
    """With and without gaps in what they were trained on; every tenth value asked for is missing."""
    for kind, data in [("plain", X), ("gaps", GAPS)]:
        light = lightgbm.LGBMClassifier(n_estimators=20, verbose=-1).fit(data, y)
        wide(f"lightgbm-{kind}", light, from_lightgbm(light, zipmap=False), data)
        value = lightgbm.LGBMRegressor(n_estimators=20, verbose=-1).fit(data, X[:, 0])
        wide(f"lightgbm-value-{kind}", value, from_lightgbm(value), data, variables)
        x_class = xgboost.XGBClassifier(n_estimators=20).fit(data, y)
        wide(f"xgboost-{kind}", x_class, from_xgboost(x_class), data)
        x_value = xgboost.XGBRegressor(n_estimators=20).fit(data, X[:, 0])
        wide(f"xgboost-value-{kind}", x_value, from_xgboost(x_value), data, variables, 1e-4)
    light = lightgbm.LGBMClassifier(n_estimators=20, verbose=-1).fit(X, y)
    wide("lightgbm-zipmap", light, from_lightgbm(light))
    # Trained without gaps, LightGBM takes one for 0.
    wide("lightgbm-unseen-gaps", light, from_lightgbm(light, zipmap=False), GAPS)
    hist = HistGradientBoostingClassifier(max_iter=20).fit(GAPS, y)
    wide("hist-gaps", hist, to_onnx(hist, initial_types=WIDE, options=NO_ZIPMAP, target_opset=OPSET), GAPS)
    value = HistGradientBoostingRegressor(max_iter=20).fit(GAPS, X[:, 0])
    wide("hist-value-gaps", value, to_onnx(value, initial_types=WIDE, target_opset=OPSET), GAPS, variables, 1e-4)


def from_lightgbm(model, **options):
    return onnxmltools.convert_lightgbm(model, initial_types=TOOLS, target_opset=OPSET, **options)


def from_xgboost(model):
    return onnxmltools.convert_xgboost(model, initial_types=TOOLS, target_opset=OPSET)


def scikit() -> None:
    options = {"options": NO_ZIPMAP, "target_opset": OPSET}
    scaled = make_pipeline(StandardScaler(), LogisticRegression()).fit(X.astype(np.float64), y)
    double = [("X", DoubleTensorType([None, 30]))]
    wide("double", scaled, to_onnx(scaled, initial_types=double, **options), X.astype(np.float64))
    one = [("X", FloatTensorType([1, 30]))]
    wide("one-row", scaled, to_onnx(scaled, initial_types=one, **options))
    forest = IsolationForest(n_estimators=20, random_state=0).fit(X)
    graph = to_onnx(forest, initial_types=WIDE, target_opset={"": OPSET, "ai.onnx.ml": 3})
    wide("isolation-forest", forest, graph, answer=outliers, tolerance=1e-4)
    clusters = KMeans(4, n_init=3, random_state=0).fit(X)
    wide("kmeans", clusters, to_onnx(clusters, initial_types=WIDE, target_opset=OPSET), answer=distances, tolerance=0.5)
    near = KNeighborsClassifier().fit(X, y)
    wide("neighbours", near, to_onnx(near, initial_types=WIDE, **options))
    machine = SVC(probability=True).fit(X, y)
    wide("support-vectors", machine, to_onnx(machine, initial_types=WIDE, **options), tolerance=1e-3)
    both = MultiOutputClassifier(LogisticRegression(max_iter=200)).fit(X, np.stack([y, X[:, 1] > 18], 1))
    graph = to_onnx(both, initial_types=WIDE, **options)
    wide("several-labels", both, graph, answer=lambda m, d: [{"label": row.tolist()} for row in m.predict(d)])
    whole = np.stack([random.integers(0, 5, COUNT * 5), random.integers(0, 1000, COUNT * 5)], 1)
    truth = RandomForestClassifier(10, random_state=0).fit(whole, whole[:, 0] > 2)
    graph = to_onnx(truth, initial_types=[("X", Int64TensorType([None, 2]))], **options)
    wide("integers", truth, graph, whole, answer=booleans)


def outliers(model, data) -> list:
    scores = model.decision_function(data)
    return [{"label": int(label), "scores": float(score)} for label, score in zip(model.predict(data), scores)]


def distances(model, data) -> list:
    spans = model.transform(data)
    return [{"label": int(label), "scores": span.tolist()} for label, span in zip(model.predict(data), spans)]


def booleans(model, data) -> list:
    """skl2onnx makes integers of labels that are true or false."""
    chances = model.predict_proba(data)
    return [
        {"label": int(label), "probabilities": {"0": float(chance[0]), "1": float(chance[1])}}
        for label, chance in zip(model.predict(data), chances)
    ]


def people(count=600) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "age": random.normal(40, 12, count).round(),
            "fare": random.gamma(2, 20, count).round(2),
            "sex": random.choice(["male", "female"], count),
            "port": random.choice(["S", "C", "Q"], count),
            "first class": random.choice(["yes", "no"], count),
        }
    ).astype({"sex": object, "port": object, "first class": object})
    frame.loc[::7, "age"] = np.nan
    return frame


def columns(name, pre, frame, **options) -> None:
    """One input for each column; the names are those of the graph, which has no blanks."""
    lived = np.where((frame["sex"] == "female") | (frame["fare"] > 60), "survived", "died")
    model = make_pipeline(pre, LogisticRegression()).fit(frame, lived)
    numbers = frame.select_dtypes("number").columns
    kinds = [(one, FloatTensorType if one in numbers else StringTensorType) for one in frame.columns]
    types = [(one, kind([None, 1])) for one, kind in kinds]
    graph = to_onnx(model, initial_types=types, target_opset=OPSET, **options)
    asked = frame[:COUNT]
    rows = [
        {key.replace(" ", "_"): plain(value) for key, value in row.items()}
        for row in asked.to_dict(orient="records")
    ]
    add(name, graph, rows, classified(model, asked))


def mixed() -> None:
    options = {"options": NO_ZIPMAP}
    texts = ["sex", "port", "first class"]
    number = ("n", make_pipeline(SimpleImputer(), StandardScaler()), ["age", "fare"])
    one_hot = ("c", OneHotEncoder(handle_unknown="ignore"), texts)
    frame = people()
    columns("titanic", ColumnTransformer([number, one_hot]), frame, **options)
    columns("titanic-zipmap", ColumnTransformer([number, one_hot]), frame)
    learnt = frame.copy()
    learnt.loc[::11, "port"] = np.nan
    columns("learnt-gaps", ColumnTransformer([number, one_hot]), learnt, **options)
    ordinal = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2)
    columns("ordinal-gaps", ColumnTransformer([number, ("c", ordinal, texts)]), learnt, **options)
    empty = frame.copy()
    empty.loc[::11, "port"] = ""
    filled = make_pipeline(
        SimpleImputer(missing_values="", strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore")
    )
    columns("filled-texts", ColumnTransformer([number, ("c", filled, texts)]), empty, **options)


def spam() -> None:
    texts = ["free money now", "meeting at noon", "win a prize now", "lunch tomorrow?"]
    model = make_pipeline(TfidfVectorizer(), LogisticRegression())
    model.fit(texts * 20, ["spam", "ham", "spam", "ham"] * 20)
    advised = {TfidfVectorizer: {"tokenexp": r"[\p{L}\p{N}_]{2,}", "locale": "C.UTF-8"}}
    asked = [*texts, "Free lunch", "prize, money", "nothing known", "a café at noon"]
    answers = classified(model, asked)
    for name, shape, more in [("spam", [None, 1], {}), ("spam-1d", [None], {}), ("spam-mended", [None, 1], advised)]:
        options = {LogisticRegression: NO_ZIPMAP, **more}
        graph = to_onnx(model, initial_types=[("text", StringTensorType(shape))], options=options, target_opset=OPSET)
        add(name, graph, [{"text": text} for text in asked], answers)


boosted()
scikit()
mixed()
spam()
(FOLDER / "cases.json").write_text(json.dumps(cases))
