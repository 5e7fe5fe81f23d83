import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  lineAttempt,
  lineHead,
  resultLine,
  splitLines,
  stoppedLines,
  succeededLines,
} from "../../../../shared/batch/lines.ts";

const statuses = ["succeeded", "failed", "canceled", "expired"] as const;

describe("lines of results", () => {
  it("are JSON, and their heads tell index and status whatever the custom id is", () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.option(fc.string({ unit: "binary" }), { nil: undefined }),
        fc.constantFrom(...statuses),
        fc.tuple(fc.json(), fc.option(fc.json(), { nil: undefined })),
        (index, customId, status, [body, expected]) => {
          const position = { index, customId, expected };
          const line = resultLine(position, { status, body, metrics: undefined });
          assert.deepEqual(lineHead(line), { index, status });
          const member = status === "succeeded" ? "output" : "error";
          const value = JSON.parse(body) as unknown;
          assert.deepEqual(JSON.parse(line), {
            index,
            custom_id: customId ?? null,
            status,
            [member]: value,
            ...(expected === undefined ? {} : { expected: JSON.parse(expected) as unknown }),
          });
        },
      ),
    );
  });

  it("of a stopped chunk keep what had succeeded", () => {
    const done = { status: "succeeded", body: "1", metrics: undefined } as const;
    const earlier = resultLine({ index: 7, customId: "a" }, done);
    const items = ["a", "b"].map((customId) => ({
      customId,
      parameters: undefined,
      row: Buffer.alloc(0),
      expected: `["${customId}"]`,
    }));
    const lines = stoppedLines(items, 7, earlier, { status: "expired", attempt: 3 });
    assert.equal(lines[0], earlier);
    assert.match(
      lines[1] ?? "",
      /^\{"index":8,"custom_id":"b","status":"expired","attempt":3,"error":.*deadline_exceeded.*,"expected":\["b"\]\}\n$/,
    );
    assert.deepEqual(
      lines.map((line) => lineAttempt(line)),
      [1, 3],
    );
    assert.deepEqual(splitLines(lines.join("")), lines);
    assert.deepEqual([...succeededLines(lines.join("")).keys()], [7]);
  });
});
