"""Writes what is served and what the tests compare with."""

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from data import Original
from model import SUBWORDS
from text import prepare

TOLERANCE = 1e-5
GOLDEN_EVERY = 71

ODD_TEXTS = {
    "empty": "",
    "blanks": " \t\n ",
    "punctuation only": "?!... -- ()[]{};",
    "one letter": "a",
    "two letters": "js",
    "capital I with dot": "İstanbul'da Array İÇERİR mi",
    "final sigma": "ΑΣ ΟΔΥΣΣΕΥΣ array",
    "sharp s": "STRASSE straße ẞ sort",
    "emoji": "reverse a string with 👨‍👩‍👧 and 🙂 emoji 🎉",
    "emoji only": "🙂🎉",
    "full-width": "ｃｌｏｎｅ ａｎ ａｒｒａｙ ＪＳ １２３",
    "ligatures": "ﬁnd an ofﬁce object, ﬂatten array ﬀ",
    "combining marks": "cafe\u0301 re\u0301sume\u0301 string compare i\u0307",
    "marks that do not compose": "a\u0338r\u0338r\u0338a\u0338y clone",
    "right to left": "كيف أنسخ مصفوفة في JavaScript",
    "hebrew": "איך להעתיק array",
    "chinese": "如何复制数组 clone array",
    "japanese": "配列をコピーする ﾊﾝｶｸ カタカナ",
    "korean jamo": "\u1112\u1161\u11ab\u1100\u1173\u11af 배열 복사",
    "hindi": "सरणी को कैसे कॉपी करें array",
    "thai": "คัดลอกอาร์เรย์ copy",
    "astral letters": "𝒄𝒍𝒐𝒏𝒆 𝕒𝕣𝕣𝕒𝕪 𐐀𐐁𐐂 𠮷野家",
    "digits": "x² ½ ①② Ⅷ ٣ ３ round 1.5e3",
    "underscores": "__proto__ _private __ _ snake_case_name",
    "zero width": "clone\u200barray \u200d join\ufeff",
    "soft hyphen and no-break space": "clo\u00adne\u00a0an\u00a0array",
    "unpaired-looking code": 'const a = [1,2,3]; const b = a; b.push(4); // "why"?',
    "html": "<div onclick=\"f()\">click</div> &amp; <script>alert('x')</script>",
    "regular expression": "/^[\\p{L}\\d]+$/gu.test(s)",
    "tabs and lines": "clone\tan\r\narray\u2028please",
    "shouting": "HOW DO I CLONE AN ARRAY",
    "long word": "clonearray" * 200,
    "long text": ("how do i clone an array and sort it by price? " * 50)[:2000],
    "long astral text": "𝒂🙂" * 500,
}


def run(session: onnxruntime.InferenceSession, texts: list[str]) -> np.ndarray:
    """Returns the probabilities [texts, originals] of one batch."""
    batch = np.array([prepare(text, SUBWORDS) for text in texts], dtype=object).reshape(-1, 1)
    return session.run(["probabilities"], {"text": batch})[0]


def write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def write_answers(folder: Path, originals: list[Original]) -> None:
    write_json(folder / "answers.json", [asdict(original) for original in originals])


def write_manifest(folder: Path, class_count: int) -> None:
    graph = (folder / "model.onnx").read_bytes()
    manifest = {
        "$schema": "../../manifest.schema.json",
        "name": "faq-javascript",
        "version": 1,
        "description": f"Finds the entry of a JavaScript FAQ ({class_count} entries) that answers a question.",
        "license": "Apache-2.0",
        "file": {"path": "model.onnx", "bytes": len(graph), "sha256": hashlib.sha256(graph).hexdigest()},
        "inputs": [{"name": "text", "dtype": "string", "shape": ["batch", 1]}],
        "outputs": [{"name": "probabilities", "dtype": "float32", "shape": ["batch", class_count]}],
        "pipeline": {
            "type": "text-match",
            "answers": "answers.json",
            "normalize": "nfkc",
            "lowercase": True,
            "subwords": asdict(SUBWORDS),
            "max_characters": 2000,
            "top_k": {"default": 3, "max": 20},
            "threshold": {"default": 0},
        },
        "batching": {"max_batch_size": 32, "max_queue_delay_ms": 0},
        "execution_providers": ["cpu"],
        "run_timeout_ms": 10000,
        "warmup": {"batch_sizes": [1, 32]},
        "preload": True,
    }
    write_json(folder / "manifest.json", manifest)


def best(scores: np.ndarray, count: int) -> list[int]:
    """Returns the classes of the highest scores; equal scores keep the class order."""
    return [int(i) for i in np.argsort(-scores, kind="stable")[:count]]


def write_parity(folder: Path, test_texts: list[str], scores: np.ndarray) -> None:
    """Writes prepared text and scikit-learn's five best probabilities of the test split and the odd texts."""
    cases = [
        {
            "text": text,
            "prepared": prepare(text, SUBWORDS),
            "top": [[i, round(float(row[i]), 8)] for i in best(row, 5)],
        }
        for text, row in zip([*test_texts, *ODD_TEXTS.values()], scores, strict=True)
    ]
    lines = ",\n".join(json.dumps(case, ensure_ascii=False, separators=(",", ":")) for case in cases)
    text = f'{{"tolerance": {TOLERANCE}, "cases": [\n{lines}\n]}}\n'
    (folder / "parity.json").write_text(text, encoding="utf-8")


def write_golden(folder: Path, originals: list[Original], texts: dict[str, str], scores: np.ndarray) -> None:
    """Writes whole answers, as the server gives them."""
    cases = []
    for (name, text), row in zip(texts.items(), scores, strict=True):
        matches = [
            {"rank": place, **asdict(originals[i]), "probability": round(float(row[i]), 8)}
            for place, i in enumerate(best(row, 3), 1)
        ]
        cases.append(
            {"name": name, "input": {"text": text}, "parameters": {"top_k": 3}, "output": {"matches": matches}}
        )
    write_json(folder / "golden.json", {"tolerance": {"probability": TOLERANCE}, "cases": cases})
