import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Lane } from "../../../../shared/lane.ts";
import { hasRoom, headerOf, type PackableJob } from "../../../../shared/pack/open-pack.ts";
import { newJob, testLimits } from "../../../support/jobs.ts";

const lane: Lane = { model: "m@1", class: "interactive" };
const job: PackableJob = { ...newJob(lane), takes: true, ownPacks: false };

describe("jobs share a pack", () => {
  it("when they differ only in what each of them has of its own", () => {
    const others: Partial<PackableJob>[] = [
      { tenant: "other" },
      { payload: Buffer.alloc(8192) },
      { parameters: '{"top_k":1}' },
      { metadata: "{}" },
      { idempotency: { scope: "s", fingerprint: "f" } },
      { waiter: undefined },
    ];
    for (const other of others) assert.equal(headerOf({ ...job, ...other }), headerOf(job));
  });

  it("never when what the pack says of all of them differs", () => {
    const others: Partial<PackableJob>[] = [
      { model: "m@2" },
      { class: "bulk" },
      { limits: { ...testLimits, retentionSeconds: 1 } },
      { form: "many" },
      { rows: 2 },
      { takes: false },
      { ownPacks: true },
    ];
    const headers = [job, ...others.map((other) => ({ ...job, ...other }))].map((one) =>
      headerOf(one),
    );
    assert.equal(new Set(headers).size, headers.length);
  });

  it("of its tenant alone when that tenant may be called", () => {
    const [one, same, other] = ["a", "a", "b"].map((tenant) =>
      headerOf({ ...job, ownPacks: true, tenant }),
    );
    assert.equal(one, same);
    assert.notEqual(one, other);
  });

  it("not when its payload is kept apart", () => {
    assert.equal(headerOf({ ...job, payload: Buffer.alloc(8193) }), undefined);
  });
});

describe("a pack has room", () => {
  const jobs = (count: number) => ({
    jobs: Array.from({ length: count }, () => newJob(lane)),
    bytes: 0,
  });
  const small = { rows: 1, payload: Buffer.alloc(10) };

  it("for 32 jobs", () => {
    assert.equal(hasRoom(jobs(31), small, 1000), true);
    assert.equal(hasRoom(jobs(32), small, 1000), false);
  });

  it("for as many rows as run at once", () => {
    assert.equal(hasRoom(jobs(2), { ...small, rows: 3 }, 9), true);
    assert.equal(hasRoom(jobs(2), { ...small, rows: 3 }, 8), false);
  });

  it("for 256 KiB", () => {
    const full = { ...jobs(1), bytes: 256 * 1024 - 10 };
    assert.equal(hasRoom(full, small, 1000), true);
    assert.equal(hasRoom({ ...full, bytes: full.bytes + 1 }, small, 1000), false);
  });
});
