import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readPreference } from "../../../../gateway/http/prefer.ts";
import { ScoringError } from "../../../../shared/error.ts";

const limits = { defaultSeconds: 30, maxSeconds: 60 };
const read = (header?: string, query?: string): [number, string | undefined] => {
  const { waitMs, applied } = readPreference(header, query, limits);
  return [waitMs, applied];
};

describe("Prefer", () => {
  it("absent means an answer at once, and says nothing", () => {
    assert.deepEqual(read(), [0, undefined]);
  });

  it("wait=n waits n seconds, bare wait the default", () => {
    assert.deepEqual(read("wait=5"), [5000, "wait=5"]);
    assert.deepEqual(read('Wait="5"'), [5000, "wait=5"]);
    assert.deepEqual(read("wait"), [30_000, "wait=30"]);
    assert.deepEqual(read(undefined, "2.5"), [2500, "wait=2.5"]);
    assert.deepEqual(read(undefined, ""), [30_000, "wait=30"]);
    assert.deepEqual(read("wait=5, wait=9"), [5000, "wait=5"], "the first counts: RFC 7240");
  });

  it("out of range is cut, and said", () => {
    assert.deepEqual(read("wait=999"), [60_000, "wait=60"]);
    assert.deepEqual(read("wait=-3"), [0, "wait=0"]);
    assert.deepEqual(read(undefined, "999999999"), [60_000, "wait=60"]);
  });

  it("header wins over query, and respond-async stands beside wait", () => {
    assert.deepEqual(read("wait=1", "9"), [1000, "wait=1"]);
    assert.deepEqual(read("respond-async"), [0, "respond-async"]);
    assert.deepEqual(read("respond-async, wait=10"), [10_000, "respond-async, wait=10"]);
    assert.deepEqual(read("return=minimal; foo=bar"), [0, "return=minimal"]);
  });

  it("that cannot be read is ignored in the header and refused in the query", () => {
    assert.deepEqual(read("wait=soon"), [0, undefined]);
    assert.throws(() => read(undefined, "soon"), ScoringError);
  });
});
