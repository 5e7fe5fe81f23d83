import assert from "node:assert/strict";
import { failure } from "../../shared/job/outcome.ts";
import { packRows } from "../../shared/job/payload.ts";
import { laneName, type Lane } from "../../shared/lane.ts";
import { accept, isLargePayload, type NewPack } from "../../shared/pack/accept.ts";
import { endJob } from "../../shared/pack/end.ts";
import { eraseJob } from "../../shared/pack/erase.ts";
import { retryJob } from "../../shared/pack/retry.ts";
import { newJob, quota, testIds, testLimits } from "./jobs.ts";
import { laneAt, lanes, modelOf } from "./model-pack.ts";
import type { Ground } from "./pack-ground.ts";
import type { MoveOf } from "./pack-steps.ts";
import { keys } from "./redis-keys.ts";

/** A gateway accepts packs. */
export async function acceptPacks(
  ground: Ground,
  { lane: laneIndex, packs: wanted }: MoveOf<"accept">,
): Promise<void> {
  const lane = laneAt(laneIndex);
  const packs = wanted.map((it) => newPack(ground, lane, it));
  for (const { name, jobs } of packs) {
    const [{ payload } = { payload: Buffer.alloc(0) }] = jobs;
    if (isLargePayload(payload)) await ground.raw.set(`${keys.pack(name)}:in`, payload, "EX", 600);
  }
  const { verdicts, arm } = await accept(ground.redis, { lane, packs, quota: quota() });
  assert.ok(verdicts.flat().every(({ kind }) => kind === "accepted"));
  if (arm) await ground.arm(lane);
  for (const pack of packs) ground.model.accept(modelOf(pack, lane, ground.nowMs));
}

function newPack(ground: Ground, lane: Lane, wanted: MoveOf<"accept">["packs"][number]): NewPack {
  const { startMs, totalMs, retries, isTaken } = wanted;
  const name = testIds.packName(ground.nowMs);
  const tenants = wanted.isLarge ? wanted.tenants.slice(0, 1) : wanted.tenants;
  const jobs = tenants.map((tenant, index) => {
    const payload = packRows([Buffer.from(`${name} ${index}`.padEnd(wanted.isLarge ? 9000 : 0))]);
    ground.payloads.set(`${name} ${index}`, payload);
    const id = testIds.jobId(name, index, tenant);
    const limits = { ...testLimits, startMs, totalMs, retries };
    return newJob(lane, "", { id, tenant, payload, limits });
  });
  return { name, nonce: name, jobs, isTaken };
}

/** A client does something to a job. */
export async function onJob(
  ground: Ground,
  move: MoveOf<"cancel"> | MoveOf<"retry"> | MoveOf<"erase">,
): Promise<void> {
  const places = [...ground.model.packs.values()].flatMap((pack) =>
    pack.jobs.flatMap((job, index) => (job.state === "M" ? [] : [{ pack, job, index }])),
  );
  const place = places[move.job % places.length];
  if (place === undefined) return;
  const { pack, job, index } = place;
  const id = testIds.jobId(pack.name, index, job.tenant);
  const { tenant } = job;
  if (move.do === "cancel") {
    const outcome = failure(new Error("no"), undefined, "canceled");
    const verdict = await endJob(ground.redis, { id, tenant, outcome });
    const ended = ground.model.end(pack.name, index, "C", String(outcome.body));
    assert.equal(verdict, ended && !ground.isTwice ? "ended" : "late");
  } else if (move.do === "erase") {
    const verdict = await eraseJob(ground.redis, id, tenant);
    assert.equal(verdict, ground.model.erase(pack.name, index) ? "erased" : "not_ended");
  } else {
    const attempt = job.end?.attempt ?? pack.attempt;
    const lane = lanes.find((it) => laneName(it) === pack.lane) ?? laneAt(0);
    const options = {
      job: { id, tenant, ...lane, attempt },
      quota: quota(),
      token: id + ground.nowMs,
    };
    const verdict = await retryJob(ground.redis, ground.recorder(), options);
    const may = ground.model.retry(pack.name, index, ground.nowMs);
    assert.equal(verdict === "accepted", may, verdict);
  }
}
