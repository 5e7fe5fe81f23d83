import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { BatchItem } from "../../../../shared/batch/items.ts";
import { lineHead, splitLines } from "../../../../shared/batch/lines.ts";
import type { Outcome } from "../../../../shared/job/outcome.ts";
import { ChunkLines } from "../../../../worker/score/chunk-lines.ts";

const row = (customId?: string): BatchItem => ({
  customId,
  parameters: undefined,
  row: Buffer.from("x"),
});
const good = (body: string): Outcome => ({ status: "succeeded", body, metrics: undefined });

function setup(
  items: readonly BatchItem[] | undefined,
  more: Partial<{
    earlier: string;
    isExhausted: boolean;
    count: number;
    lengthMax: number;
    batchAttempt: number;
  }> = {},
): ChunkLines {
  const { earlier = "", isExhausted = false, count = items?.length ?? 0, lengthMax } = more;
  const { batchAttempt = 1 } = more;
  const runs = { isExhausted, exclusiveRuns: new Map(), batchAttempt };
  const chunk = { firstIndex: 10, count, items, earlier, ...runs };
  return new ChunkLines(chunk, lengthMax);
}

function statuses(lines: ChunkLines): string[] {
  return splitLines(lines.text).map((line) => {
    const { index, status } = lineHead(line);
    return `${index} ${status}`;
  });
}

describe("lines of a chunk", () => {
  it("are those of its items, in their order, whichever ends first", () => {
    const lines = setup([row("a"), row(), row('"')]);
    assert.deepEqual(
      lines.open.map(({ offset }) => offset),
      [0, 1, 2],
    );
    for (const offset of [2, 0]) lines.end(offset, good(`{"n":${offset}}`));
    assert.equal(lines.isComplete, false);
    lines.end(1, { status: "failed", body: '{"code":"x"}', metrics: undefined });
    assert.equal(lines.isComplete, true);
    assert.deepEqual(
      lines.text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as unknown])),
      [
        { index: 10, custom_id: "a", status: "succeeded", output: { n: 0 } },
        { index: 11, custom_id: null, status: "failed", error: { code: "x" } },
        { index: 12, custom_id: '"', status: "succeeded", output: { n: 2 } },
      ],
    );
    assert.equal(lines.succeeded, 2);
  });

  it("tell of an item's first end only", () => {
    const lines = setup([row(), row()]);
    lines.end(0, good("1"));
    lines.end(0, { status: "failed", body: "{}", metrics: undefined });
    assert.deepEqual([lines.isComplete, lines.succeeded], [false, 1]);
    lines.end(1, good("2"));
    assert.deepEqual(statuses(lines), ["10 succeeded", "11 succeeded"]);
  });

  it("keep what succeeded in an earlier attempt as it is, and run the rest", () => {
    const before = setup([row("a"), row("b"), row("c")]);
    before.end(0, good('{"é":1}'));
    before.end(1, { status: "failed", body: "{}", metrics: undefined });
    before.end(2, { status: "expired", body: "{}", metrics: undefined });
    const after = setup([row("a"), row("b"), row("c")], { earlier: before.text, batchAttempt: 2 });
    assert.deepEqual(
      after.open.map(({ offset }) => offset),
      [1, 2],
    );
    assert.equal(after.succeeded, 1);
    for (const { offset } of after.open) after.end(offset, good("2"));
    const [kept, ...anew] = splitLines(after.text);
    assert.equal(kept, splitLines(before.text)[0]);
    for (const line of anew) assert.match(line, /"status":"succeeded","attempt":2,"output":2/);
    const told = [{ end: { status: "succeeded" }, count: 2 }];
    assert.deepEqual(after.ends, told, "what succeeded earlier was told earlier");
    assert.deepEqual(statuses(after), ["10 succeeded", "11 succeeded", "12 succeeded"]);
  });

  it("fail without a run where an item was bad, is lost, or lost its workers too often", () => {
    const bad = { customId: "bad", problem: '{"code":"invalid_json"}' };
    const some = setup([bad, row()]);
    assert.deepEqual(
      some.open.map(({ offset }) => offset),
      [1],
    );
    assert.deepEqual(some.ends, [{ end: { status: "failed", code: "invalid_json" }, count: 1 }]);
    assert.equal(setup([bad]).text.includes('"error":{"code":"invalid_json"}'), true);
    const lost = setup(undefined, { count: 2 });
    assert.deepEqual([lost.isComplete, lost.text.match(/"code":"internal"/g)?.length], [true, 2]);
    const exhausted = setup([row(), row()], { isExhausted: true });
    assert.equal(exhausted.text.match(/"code":"worker_lost"/g)?.length, 2);
    assert.deepEqual(statuses(exhausted), ["10 failed", "11 failed"]);
  });

  it("hold no more than one value can, and fail what is too much", () => {
    const lines = setup([row(), row(), row()], { lengthMax: 600 });
    lines.end(0, good(`"${"x".repeat(100)}"`));
    lines.end(1, good(`"${"x".repeat(600)}"`));
    lines.end(2, good("1"));
    assert.deepEqual(statuses(lines), ["10 succeeded", "11 failed", "12 succeeded"]);
    assert.match(lines.text, /result_too_large/);
  });
});
