import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Call } from "../../../../gateway/page/browser/call/call.ts";
import { curlCall, overLines } from "../../../../gateway/page/browser/call/curl.ts";
import { pythonCall, pythonOf } from "../../../../gateway/page/browser/call/python.ts";
import { typescriptCall, typescriptOf } from "../../../../gateway/page/browser/call/typescript.ts";

const question: Call = {
  url: "http://127.0.0.1:8093",
  model: "faq-javascript",
  key: { from: "variable", name: "SCORELINE_API_KEY" },
  body: { kind: "json", json: { input: { text: "what's `this`?" }, parameters: { top_k: 2 } } },
};

const photo: Call = {
  ...question,
  key: { from: "nowhere" },
  model: "photos@2",
  body: { kind: "file", path: "my photo.png", mediaType: "image/png" },
  query: { top_k: "3" },
};

describe("a call as code", () => {
  it("is a command of curl, with the quotes that a shell needs", () => {
    assert.equal(
      overLines(curlCall(question)),
      String.raw`curl -s -H "Authorization: Bearer $SCORELINE_API_KEY" \
  -H 'Prefer: wait=30' -H 'Content-Type: application/json' \
  -d '{"input":{"text":"what'\''s ${"`this`"}?"},"parameters":{"top_k":2}}' \
  http://127.0.0.1:8093/v1/models/faq-javascript/jobs`,
    );
    assert.deepEqual(curlCall(photo), [
      "curl -s",
      "-H 'Prefer: wait=30' -H 'Content-Type: image/png'",
      "--data-binary @'my photo.png'",
      "'http://127.0.0.1:8093/v1/models/photos@2/jobs?top_k=3'",
    ]);
  });

  it("reads a key, or an input, from a file where it is in one", () => {
    const call: Call = {
      ...question,
      key: { from: "file", path: "my data/api-key" },
      body: { kind: "input-file", path: "row.json" },
    };
    const [head, , data] = curlCall(call);
    assert.equal(head, `curl -s -H "Authorization: Bearer $(cat 'my data/api-key')"`);
    assert.equal(data, String.raw`-d "{\"input\":$(cat row.json)}"`);
    assert.match(pythonCall(call), /^key = open\("my data\/api-key"\)\.read\(\)\.strip\(\)$/m);
    assert.match(
      pythonCall(call),
      /data=json\.dumps\(\{"input": json\.load\(open\("row\.json"\)\)\}\)/,
    );
    assert.match(
      typescriptCall(call),
      /body: `\{"input":\$\{await readFile\("row\.json", "utf8"\)\}\}`,/,
    );
  });

  it("sends no key where none is asked for, and names none in code", () => {
    for (const text of [pythonCall(photo), typescriptCall(photo), curlCall(photo).join(" ")]) {
      assert.doesNotMatch(text, /Authorization|key/);
      assert.ok(text.includes("top_k=3"));
    }
  });

  it("writes values as each language does", () => {
    const value = { a: [true, false, null, 1.5, "ü\n"], "b c": {} };
    assert.equal(pythonOf(value), String.raw`{"a": [True, False, None, 1.5, "ü\n"], "b c": {}}`);
    assert.equal(
      typescriptOf(value),
      String.raw`{ a: [true, false, null, 1.5, "ü\n"], "b c": {} }`,
    );
  });
});
