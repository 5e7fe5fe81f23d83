import type { Redis } from "ioredis";
import { packLimits, type JobLimits } from "../../shared/job/limits.ts";
import type { Outcome } from "../../shared/job/outcome.ts";
import { packRows } from "../../shared/job/payload.ts";
import { laneName, type Lane } from "../../shared/lane.ts";
import { flowFields } from "../../shared/lane/flow.ts";
import { packFields } from "../../shared/pack/record.ts";
import { testIds, testLimits } from "./jobs.ts";
import { keys } from "./redis-keys.ts";

export interface RawPack {
  readonly name: string;
  readonly lane: Lane;
  readonly jobs: number;
  readonly nowMs: number;
  readonly tenants: readonly string[];
  readonly limits: JobLimits;
  readonly waiters: string;
  readonly isTaken: boolean;
  readonly payload: Buffer;
}

/** A pack as accept leaves it, by hand: every job is of the next of its tenants. */
export async function putPack(
  redis: Redis,
  lane: Lane,
  more: Partial<RawPack> = {},
): Promise<string> {
  const pack: RawPack = {
    name: testIds.packName(more.nowMs ?? Date.now()),
    lane,
    jobs: 1,
    nowMs: Date.now(),
    tenants: ["default"],
    limits: testLimits,
    waiters: "g1",
    isTaken: false,
    payload: packRows([Buffer.from("hello")]),
    ...more,
  };
  const { name, nowMs, tenants, limits, jobs } = pack;
  const flow = await redis.hincrby(keys.flow(lane), flowFields.letters.accepted, jobs);
  const bytes = jobs * pack.payload.length;
  await redis.hset(keys.flow(lane), flowFields.letters.armed, 1);
  await redis.hincrby(keys.flow(lane), flowFields.letters.bytes, bytes);
  await redis.hset(keys.pack(name), fieldsOf(pack, flow - jobs));
  await redis.zadd(keys.outstanding(lane), nowMs, name);
  await redis.rpush(keys.load(lane), ...Array.from({ length: jobs }, () => "1"));
  await redis.rpush(keys.ready(lane), name);
  await redis.zadd(keys.due, nowMs + Math.min(limits.startMs, limits.totalMs), name);
  await redis.sadd(keys.lanes, laneName(lane));
  for (let i = 0; i < jobs; i += 1) {
    const tenant = tenants[i % tenants.length] ?? "";
    await redis.incrby(keys.tenant(`${tenant}:jobs`), 1);
    await redis.incrby(keys.tenant(`${tenant}:bytes`), pack.payload.length);
  }
  return name;
}

function fieldsOf(pack: RawPack, number: number): string[] {
  const { name, jobs, tenants, limits, payload } = pack;
  const each = (of: (index: number) => string | number): (string | number)[] =>
    Array.from({ length: jobs }, (_, i) => of(i));
  const owner = (i: number): string => tenants[i % tenants.length] ?? "";
  const texts = packFields.encode({
    version: 2,
    lane: laneName(pack.lane),
    createdAtMs: pack.nowMs,
    form: "1",
    rows: 1,
    tenants: tenants.join(" "),
    owners:
      tenants.length > 1
        ? each((i) => String.fromCodePoint(48 + (i % tenants.length))).join("")
        : undefined,
    states: "W".repeat(jobs),
    tags: each((i) => testIds.jobId(name, i, owner(i)).slice(-4)).join(""),
    bytes: each(() => payload.length).join(" "),
    number,
    nonce: "nonce",
    waiters: pack.waiters === "" ? undefined : pack.waiters,
    isTaken: pack.isTaken ? "1" : undefined,
  });
  const inputs = Buffer.concat(each(() => 0).map(() => payload)).toString("latin1");
  return [...texts, "l", packLimits(limits), "i", inputs];
}

/** That succeeded, or not. */
export function outcomes(letters: string, body = '{"a":1}'): readonly Outcome[] {
  return letters
    .split("")
    .map((letter) =>
      letter === "S"
        ? { status: "succeeded", body, metrics: undefined }
        : { status: "failed", body: '{"code":"internal"}', metrics: undefined },
    );
}
