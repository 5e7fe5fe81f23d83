import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { redacted } from "../../../../../worker/courier/capture/redact.ts";

const line = {
  id: "job_1",
  input: [{ user: "zoe", age: 3 }, { user: "bob" }],
  metadata: { user: "zoe", nested: { tags: ["a", "b"], text: "x" } },
};

const by = (rules: {
  readonly drop?: string[];
  readonly hash?: string[];
  readonly salt?: string;
}) =>
  JSON.parse(
    JSON.stringify(redacted(line, { drop: [], hash: [], salt: "s", ...rules })),
  ) as unknown;

describe("a captured line", () => {
  it("is left as it is without rules, and by rules that name what is not there", () => {
    assert.deepEqual(by({}), line);
    assert.deepEqual(by({ drop: ["output.user", "metadata.user.name"], hash: ["input.x"] }), line);
  });

  it("loses members, also those of every element of a list", () => {
    const drop = ["input.user", "metadata.nested.tags"];
    assert.deepEqual(by({ drop }), {
      ...line,
      input: [{ age: 3 }, {}],
      metadata: { user: "zoe", nested: { text: "x" } },
      redacted: drop,
    });
    assert.deepEqual(by({ drop: ["input", "output"] }), {
      id: "job_1",
      metadata: line.metadata,
      redacted: ["input"],
    });
  });

  it("has the same hash for the same value, another one under another key, and drops before it hashes", () => {
    const hash = ["input.user", "metadata.user", "metadata.nested"];
    const text = JSON.stringify(by({ hash }));
    const hashes = text.match(/hmac:[0-9a-f]{32}/g) ?? [];
    assert.equal(hashes.length, 4);
    assert.equal(new Set(hashes).size, 3);
    assert.ok(!/zoe|bob|"x"/.test(text));
    assert.notEqual(JSON.stringify(by({ hash, salt: "t" })), text);
    assert.deepEqual(by({ hash, drop: hash }), {
      ...line,
      input: [{ age: 3 }, {}],
      metadata: {},
      redacted: hash,
    });
  });
});
