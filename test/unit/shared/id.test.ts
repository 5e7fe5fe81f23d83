import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import fc from "fast-check";
import { IdFactory, partitionOf } from "../../../shared/id.ts";

const time = fc.integer({ min: 0, max: 2 ** 48 - 1 });

describe("ids", () => {
  const ids = new IdFactory(randomBytes(32));

  it("are read back as they were made", () => {
    fc.assert(
      fc.property(time, fc.integer({ min: 0, max: 255 }), (timeMs, partition) => {
        const id = ids.create("job", "t1", timeMs, partition);
        assert.match(id, /^job_[0-9a-z]{26}$/);
        assert.deepEqual(ids.verify(id, "t1"), { timeMs, partition });
        for (const name of [id, `${id}/12`, `evt_${id.slice(4)}_1S`]) {
          assert.equal(partitionOf(name), partition);
        }
      }),
    );
  });

  it("sort by the time they were made", () => {
    fc.assert(
      fc.property(time, time, (a, b) => {
        const [one, two] = [ids.create("job", "t", a), ids.create("job", "t", b)];
        if (a < b) assert.ok(one < two);
        if (a > b) assert.ok(one > two);
      }),
    );
  });

  it("of another tenant or installation are not ours", () => {
    const id = ids.create("job", "t1", Date.now());
    assert.equal(ids.verify(id, "t2"), undefined);
    assert.equal(new IdFactory(randomBytes(32)).verify(id, "t1"), undefined);
  });

  it("with any character changed are not ours", () => {
    const id = ids.create("job", "t1", Date.now());
    for (let i = 4; i < id.length; i++) {
      const other = id[i] === "0" ? "1" : "0";
      const changed = id.slice(0, i) + other + id.slice(i + 1);
      assert.equal(ids.verify(changed, "t1"), undefined, changed);
    }
    for (const noId of ["", "job_", "job_x", `${id}0`, id.toUpperCase()]) {
      assert.equal(ids.verify(noId, "t1"), undefined, noId);
      assert.equal(partitionOf(noId), 0);
    }
  });
});
