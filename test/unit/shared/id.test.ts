import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  digitOf,
  idTimeMs,
  IdFactory,
  indexOf,
  ownPackOf,
  packOf,
  partitionOf,
  partitionOfPack,
} from "../../../shared/id.ts";

const time = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const partition = fc.integer({ min: 0, max: 255 });
const index = fc.integer({ min: 0, max: 31 });

describe("ids", () => {
  const ids = new IdFactory(randomBytes(32));

  it("are read back as they were made", () => {
    fc.assert(
      fc.property(time, partition, (timeMs, at) => {
        const id = ids.create("bat", "t1", timeMs, at);
        assert.match(id, /^bat_[0-9a-z]{26}$/);
        assert.deepEqual(ids.verify(id, "t1"), { timeMs, partition: at });
        assert.equal(idTimeMs(id), timeMs);
        for (const name of [id, `${id}/12`, `evt_${id.slice(4)}_1S`]) {
          assert.equal(partitionOf(name), at);
          assert.equal(partitionOfPack(name), at);
        }
      }),
    );
  });

  it("of jobs say which pack they are in, and where", () => {
    fc.assert(
      fc.property(time, partition, index, (timeMs, at, i) => {
        const pack = ids.packName(timeMs, at);
        const id = ids.jobId(pack, i, "t1");
        assert.deepEqual(ids.verify(id, "t1"), { timeMs, partition: at });
        assert.equal(packOf(id), pack);
        assert.equal(indexOf(id), i);
        assert.equal(partitionOfPack(pack), at);
        assert.equal(ownPackOf(id), pack + digitOf(i));
        assert.equal(ids.jobId(ownPackOf(id), 0, "t1"), id, "also by its own pack");
      }),
    );
  });

  it("of the jobs of a pack are the same one by one and in a row, whosever they are", () => {
    fc.assert(
      fc.property(
        time,
        partition,
        fc.array(fc.constantFrom("t1", "t2"), { minLength: 32, maxLength: 32 }),
        (timeMs, at, owners) => {
          const pack = ids.packName(timeMs, at);
          const inRow = ids.jobIds(pack);
          for (const [i, tenant] of owners.entries()) {
            assert.equal(inRow.of(i, tenant), ids.jobId(pack, i, tenant));
          }
        },
      ),
    );
  });

  it("are UUIDs of version 7, with 41 random bits in the name of a pack", () => {
    const seen = { ones: Array.from({ length: 105 }, () => 0), count: 2000 };
    for (let n = 0; n < seen.count; n += 1) {
      const bits = bitsOf(ids.packName(0x0123_4567_89ab));
      for (const [i, bit] of bits.entries()) seen.ones[i] = (seen.ones[i] ?? 0) + bit;
      // Two zeros stand in front: 26 digits have two bits more than 16 bytes.
      assert.deepEqual(bits.slice(50, 54), [0, 1, 1, 1], "version");
      assert.deepEqual(bits.slice(66, 68), [1, 0], "variant");
    }
    const isRandom = (ones: number): boolean => ones > 0 && ones < seen.count;
    assert.equal(seen.ones.filter((ones) => isRandom(ones)).length, 41);
  });

  it("of neighbours in a pack are not to be had from each other", () => {
    const pack = ids.packName(Date.now());
    const [mine, theirs] = [ids.jobId(pack, 0, "t1"), ids.jobId(pack, 1, "t2")];
    assert.equal(ids.verify(theirs, "t1"), undefined);
    const swapped = mine.slice(0, 25) + theirs.slice(25);
    assert.equal(ids.verify(swapped, "t1"), undefined);
    const moved = `${mine.slice(0, 25)}1${mine.slice(26)}`;
    assert.equal(ids.verify(moved, "t1"), undefined, "the index is signed, too");
    assert.equal(ids.verify(moved, "t2"), undefined);
  });

  it("are known with a secret that was in use before, but made with the new one", () => {
    const [first, second] = [randomBytes(32), randomBytes(32)];
    const factory = new IdFactory(first);
    const old = factory.create("job", "t1", Date.now());
    factory.adopt(second);
    assert.notEqual(factory.verify(old, "t1"), undefined);
    const fresh = factory.create("job", "t1", Date.now());
    assert.notEqual(new IdFactory(second).verify(fresh, "t1"), undefined);
    assert.equal(new IdFactory(first).verify(fresh, "t1"), undefined);
  });

  it("are the same whichever of many tenants came in between", () => {
    const pack = ids.packName(Date.now());
    const before = ids.jobId(pack, 3, "t1");
    for (let n = 0; n < 3000; n += 1) ids.jobId(pack, 3, `tenant-${n}`);
    assert.equal(ids.jobId(pack, 3, "t1"), before);
  });

  it("of the release before packs are still known, for access keys and webhook endpoints", () => {
    const secret = Buffer.from("an installation's secret, 32 B..");
    // Made by that release.
    const key = "key_01m8hzphr0e00825e62c6vy7mn";
    assert.deepEqual(new IdFactory(secret).verify(key, "t1"), {
      timeMs: 1_795_900_000_000,
      partition: 0,
    });
    assert.equal(new IdFactory(secret).verify(key, "t2"), undefined);
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

/** Bits of digits, five each, the highest first. */
function bitsOf(digits: string): number[] {
  return Array.from(digits, (digit) => digit).flatMap((digit) => {
    const value = Array.from({ length: 32 }, (_, i) => digitOf(i)).indexOf(digit);
    return [16, 8, 4, 2, 1].map((bit) => (value & bit ? 1 : 0));
  });
}
