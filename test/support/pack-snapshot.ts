import assert from "node:assert/strict";
import type { Redis } from "ioredis";
import { packFields } from "../../shared/pack/record.ts";
import { endOf, parseSegment } from "../../shared/pack/segment.ts";
import { jobClasses, parseLane } from "../../shared/lane.ts";
import { isLate, openIn, type ModelPack } from "./model-pack.ts";
import type { Ground } from "./pack-ground.ts";
import { keys } from "./redis-keys.ts";

const LANES = jobClasses.map((jobClass) => `m@1.${jobClass}`);
const TENANTS = ["one", "two"];

/** Holds everything that Redis has of packs to what the model says. */
export async function compare(redis: Redis, ground: Ground): Promise<void> {
  const packs = [...ground.model.packs.values()];
  await Promise.all([
    ...packs.map(async (pack) => comparePack(redis, ground, pack)),
    ...LANES.map(async (lane) => compareLane(redis, ground, lane)),
    ...TENANTS.map(async (tenant) => compareTenant(redis, packs, tenant)),
    compareRuns(redis, ground),
    compareDue(redis, packs),
  ]);
}

async function comparePack(redis: Redis, ground: Ground, pack: ModelPack): Promise<void> {
  const { name, jobs } = pack;
  const states = jobs.map(({ state }) => state).join("");
  const [hash, ttl] = await Promise.all([
    redis.hgetallBuffer(keys.pack(name)),
    redis.ttl(keys.pack(name)),
  ]);
  // Of one whose jobs are all deleted nothing stays but tombstones.
  if (/^D+$/.test(states)) return;
  const texts = Object.fromEntries(
    Object.entries(hash).map(([field, value]) => [field, value.toString("latin1")]),
  );
  const r = packFields.decode(texts);
  const isOpen = states.includes("W");
  const movedOut = [...ground.model.packs.values()].filter(({ origin }) => origin === name);
  const isKept = isOpen || movedOut.some((it) => openIn(it) > 0);
  assert.deepEqual(
    {
      states: r.states,
      run: r.run,
      expires: ttl >= 0,
      hasInputs: r.inputs !== undefined,
      ...(isOpen && { attempt: r.attempt, first: r.firstAttempt, deaths: r.deaths }),
      ...(isOpen && { startedAtMs: r.startedAtMs }),
    },
    {
      states,
      run: pack.run,
      expires: !isKept,
      hasInputs: isOpen && !jobs.some(({ bytes }) => bytes > 8192),
      ...(isOpen && { attempt: pack.attempt, first: pack.firstAttempt, deaths: pack.deaths }),
      ...(isOpen && { startedAtMs: pack.startedAtMs }),
    },
    name,
  );
  await Promise.all(jobs.map(async (_, index) => compareEnd(redis, ground, { pack, index, hash })));
}

interface Place {
  readonly pack: ModelPack;
  readonly index: number;
  readonly hash: Readonly<Record<string, Buffer>>;
}

/** One segment says how it ended, and what did not succeed has kept its payload. */
async function compareEnd(
  redis: Redis,
  ground: Ground,
  { pack, index, hash }: Place,
): Promise<void> {
  const { name } = pack;
  const job = pack.jobs[index];
  if (job === undefined || !"SFCX".includes(job.state)) return;
  const ends = Object.entries(hash).flatMap(([field, value]) => {
    if (!/^[oe]\d+$/.test(field)) return [];
    return endOf(parseSegment(value), index) ?? [];
  });
  const [end] = ends;
  assert.ok(ends.length === 1 && end !== undefined, `${ends.length} ends of ${name} ${index}`);
  const body = end.body ?? (await redis.getBuffer(`${keys.pack(name)}:out${index}`));
  assert.deepEqual([end.letter, end.attempt], [job.state, job.end?.attempt]);
  if (job.end?.body !== "") assert.equal(shortly(body?.toString()), shortly(job.end?.body));
  if (job.state === "S" || openIn(pack) > 0) return;
  const kept = hash[`i${index}`] ?? (await redis.getBuffer(`${keys.pack(name)}:in`));
  assert.deepEqual(kept, ground.payloadOf(name, index), `payload of ${name} ${index}`);
}

async function compareLane(redis: Redis, ground: Ground, name: string): Promise<void> {
  const { model, shifts } = ground;
  const lane = parseLane(name);
  const packs = [...model.packs.values()].filter((it) => it.lane === name);
  const open = packs.filter((it) => openIn(it) > 0);
  const [ready, load, outstanding, flow] = await Promise.all([
    redis.lrange(keys.ready(lane), 0, -1),
    redis.llen(keys.load(lane)),
    redis.zrange(keys.outstanding(lane), "0", "-1"),
    redis.hgetall(keys.flow(lane)),
  ]);
  for (const pack of open) assertSomewhere(ground, pack);
  const jobs = sum(open, (it) => openIn(it));
  const accepted = model.accepted.get(name) ?? 0;
  const running = sum(
    open.filter(({ run }) => run !== undefined),
    (it) => openIn(it),
  );
  const bytes = sum(open, (it) => openBytes(it));
  const counts = ["running", "bytes", "na", "no"].map((field) => Number(flow[field] ?? 0));
  assert.deepEqual(ready, model.readyOf(name), "ready");
  assert.deepEqual(
    { load, outstanding: outstanding.toSorted(), counts },
    {
      load: jobs,
      outstanding: open.map((it) => it.name).toSorted(),
      counts: [running, bytes, accepted, accepted - jobs],
    },
  );
  if (ready.length === 0) return;
  assert.equal(flow["sh"], "1", "a lane with work is armed");
  assert.ok((shifts.get(name) ?? 0) > 0, "and a shift waits");
}

async function compareTenant(
  redis: Redis,
  packs: readonly ModelPack[],
  tenant: string,
): Promise<void> {
  const counts = await redis.mget(keys.tenant(`${tenant}:jobs`), keys.tenant(`${tenant}:bytes`));
  const jobs = sum(packs, (it) => openIn(it, tenant));
  const bytes = sum(packs, (it) => openBytes(it, tenant));
  assert.deepEqual(
    counts.map((it) => Number(it ?? 0)),
    [jobs, bytes],
    tenant,
  );
}

/** Nothing is forgotten: what is open is ready, or some run's, or so late that the courier ends it. */
function assertSomewhere({ model, nowMs }: Ground, pack: ModelPack): void {
  const { name, lane, run } = pack;
  const isTaken = run !== undefined && model.runs.get(run)?.taken.has(name) === true;
  const isReady = run === undefined && model.readyOf(lane).includes(name);
  assert.ok(isTaken || isReady || isLate(pack, nowMs), `${name} is nowhere`);
}

async function compareRuns(redis: Redis, { model }: Ground): Promise<void> {
  const runs = await redis.zrange(keys.runs, "0", "-1");
  assert.deepEqual(runs.toSorted(), [...model.runs.keys()].toSorted());
  await Promise.all(
    [...model.runs].map(async ([run, { taken }]) => {
      const expected = Object.fromEntries([...taken].map(([name, turn]) => [name, String(turn)]));
      assert.deepEqual({ ...(await redis.hgetall(keys.taken(run))) }, expected);
    }),
  );
}

async function compareDue(redis: Redis, packs: readonly ModelPack[]): Promise<void> {
  const due = await redis.zrange(keys.due, "0", "-1", "WITHSCORES");
  const expected = packs
    .filter((it) => openIn(it) > 0)
    .map(({ name, queuedAtMs, startedAtMs, limits }) => {
      const { startMs, totalMs } = limits;
      const ms = startedAtMs === undefined ? Math.min(startMs, totalMs) : totalMs;
      return [name, queuedAtMs + ms] as const;
    });
  assert.deepEqual(pairsOf(due), Object.fromEntries(expected));
}

/** Large ones are mostly blanks. */
function shortly(body = ""): string {
  return `${body.trimEnd()} ${body.length}`;
}

function pairsOf(flat: readonly string[]): Record<string, number> {
  const pairs: Record<string, number> = {};
  for (let i = 0; i < flat.length; i += 2) pairs[flat[i] ?? ""] = Number(flat[i + 1]);
  return pairs;
}

function openBytes(pack: ModelPack, tenant?: string): number {
  return sum(pack.jobs, (job) => {
    const isCounted = job.state === "W" && (tenant === undefined || job.tenant === tenant);
    return isCounted ? job.bytes : 0;
  });
}

function sum<T>(list: readonly T[], of: (it: T) => number): number {
  return list.reduce((total, it) => total + of(it), 0);
}
