import { batchesUrl, headLine, type BatchCall } from "./batch-call.ts";
import { pythonKey, pythonOf } from "./python.ts";

/** The call as a Python program of its standard library: it sends, waits, and prints what came of each. */
export function batchPython(call: BatchCall): string {
  const { key, items, url } = call;
  const isPhotos = items.kind === "photos";
  const imports = [
    ...(isPhotos ? ["import base64"] : []),
    "import json",
    ...(key.from === "variable" ? ["import os"] : []),
    ...(isPhotos ? ["import pathlib"] : []),
    "import urllib.request",
  ];
  const type = items.kind === "csv" ? "text/csv" : "application/x-ndjson";
  return [
    ...imports,
    "",
    ...pythonKey(key),
    `url = ${pythonOf(url)}`,
    "",
    "def ask(path, **more):",
    `    request = urllib.request.Request(url + path, **more)`,
    ...(key.from === "nowhere" ? [] : ['    request.add_header("Authorization", f"Bearer {key}")']),
    "    return urllib.request.urlopen(request)",
    "",
    ...bodyOf(call),
    `batch = json.load(ask(${pythonOf(batchesUrl(call).slice(url.length))}, data=body, headers={"Content-Type": ${pythonOf(type)}}))`,
    'while batch["outcome"] is None:',
    `    batch = json.load(ask(f"/v1/batches/{batch['id']}?wait=30"))`,
    `for line in ask(f"/v1/batches/{batch['id']}/results"):`,
    `    print(line.decode(), end="")`,
  ].join("\n");
}

/** `body`: a file, or lines as they are made, so that nothing is held whole. */
function bodyOf(call: BatchCall): readonly string[] {
  const { kind, path } = call.items;
  if (kind === "csv") return [`body = open(${pythonOf(path)}, "rb")`];
  const head = `    yield ${pythonOf(headLine(call))}.encode() + b"\\n"`;
  if (kind === "ndjson") {
    return [
      "def lines():",
      head,
      `    yield from open(${pythonOf(path)}, "rb")`,
      "",
      "body = lines()",
    ];
  }
  return [
    "def lines():",
    head,
    `    for photo in sorted(pathlib.Path(${pythonOf(path)}).rglob("*.jpg")):`,
    `        image = base64.b64encode(photo.read_bytes()).decode()`,
    `        item = {"custom_id": str(photo), "input": {"image": image}}`,
    `        yield json.dumps(item).encode() + b"\\n"`,
    "",
    "body = lines()",
  ];
}
