import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { problemSchema } from "../../gateway/jobs/job-schema.ts";
import { BatchClient, batchOf, refusalOf } from "../support/batch-client.ts";
import { EndpointClient } from "../support/endpoints.ts";
import { atFailpoint } from "../support/faults/at-failpoint.ts";
import { errs, gradedModel, type Errors } from "../support/models.ts";
import { ReplayClient, type Replay } from "../support/replays.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";

const ITEMS = 5000;
/** What version 1, the live one, and the candidates err about. */
const LIVE = [[1, 10]] as const;
const EQUAL = [[2, 10]] as const;
const WORSE = [[3, 15]] as const;
const ADDS = [...LIVE, [4, 2]] as const;
const numbers = Array.from({ length: ITEMS }, (_, n) => n);

/** How often it happens to both, to the live version alone, and to the candidate alone. */
function counted(candidate: Errors) {
  const count = (live: boolean, other: boolean): number =>
    numbers.filter((n) => errs(LIVE, n) === live && errs(candidate, n) === other).length;
  return {
    both: count(true, true),
    only_live: count(true, false),
    only_candidate: count(false, true),
  };
}

function errorsOf({ comparison: { errors } }: Replay) {
  assert.ok(errors !== null);
  const { pairs, both, only_live, only_candidate } = errors;
  return { pairs, both, only_live, only_candidate };
}

describe("a replay", () => {
  const models = gradedModel([LIVE, EQUAL, WORSE, ADDS]);
  let system: System;
  let batches: BatchClient;
  let replays: ReplayClient;
  let live: string;
  before(async () => {
    system = await System.bare({ MODELS_DIR: models });
    const [{ url }] = await Promise.all([system.gateway(), system.worker()]);
    batches = new BatchClient(url);
    replays = new ReplayClient(url, "grades");
    await new EndpointClient(url).put("grades", {
      variants: [
        { name: "blue", model: "graded@1", share: 100 },
        { name: "green", model: "graded@2", share: 0 },
      ],
    });
    const items = numbers.map((n) => ({ custom_id: `n${n}`, input: { n }, expected: n % 3 }));
    const head = { batch: { model: "grades", keep_inputs: true } };
    live = (await batchOf(await batches.lines([head, ...items]))).id;
  });
  after(async () => {
    await system[Symbol.asyncDispose]();
    rmSync(models, { recursive: true });
  });

  it("counts each pair once, though couriers are killed while they copy and count", async () => {
    // It is scored meanwhile: a replay waits for the batch that it is of.
    const { id } = await replays.create({ batch: live, model: "graded@3" });
    for (const [point, time] of [
      ["replay copied", 3],
      ["replay counted", 2],
      ["replay counted", 1],
    ] as const) {
      const doomed = await system.courier({ env: atFailpoint(point, time) });
      await until(`a courier ends: ${point}`, () => doomed.hasExited, 360_000);
      assert.equal(doomed.child.signalCode, "SIGKILL", doomed.log);
    }
    const half = await replays.read(id);
    assert.equal(half.status, "comparing");
    assert.ok(half.compared > 0 && half.compared < ITEMS, String(half.compared));
    assert.equal(half.comparison.pairs, half.compared);
    await system.courier();
    const replay = await replays.ended(id);
    assert.equal(replay.status, "completed");
    assert.deepEqual([replay.compared, replay.left_out], [ITEMS, 0]);
    assert.deepEqual(errorsOf(replay), { pairs: ITEMS, ...counted(WORSE) });
    assert.equal(replay.comparison.verdict, "worse", replay.comparison.reasons.join(" "));
    const { counts, received } = await batches.get(replay.candidate_batch);
    assert.deepEqual([received, counts.succeeded], [ITEMS, ITEMS]);
    assert.equal(replay.disagreements.length, 100);
    const indexes = replay.disagreements.map(({ index }) => index);
    assert.deepEqual(
      indexes,
      indexes.toSorted((a, b) => b - a),
      "the last first",
    );
    for (const { index, custom_id: customId } of replay.disagreements) {
      assert.equal(customId, `n${index}`);
    }
  });

  it("calls a version that errs as often not worse", async () => {
    const replay = await replays.ended(
      (await replays.create({ batch: live, variant: "green" })).id,
    );
    assert.deepEqual([replay.candidate, replay.compared], ["graded@2", ITEMS]);
    assert.deepEqual(errorsOf(replay), { pairs: ITEMS, ...counted(EQUAL) });
    assert.notEqual(replay.comparison.verdict, "worse", replay.comparison.reasons.join(" "));
    const listed = await replays.list();
    assert.deepEqual(listed[0], replay);
    assert.equal(listed.length, 2);
  });

  it("calls a version worse that shares the live one's errors and adds some", async () => {
    const { id } = await replays.create({ batch: live, model: "graded@4" });
    const replay = await replays.ended(id);
    const errors = errorsOf(replay);
    assert.deepEqual(errors, { pairs: ITEMS, ...counted(ADDS) });
    assert.deepEqual([errors.only_live, errors.both > 0], [0, true], "it shares them all");
    assert.equal(replay.comparison.verdict, "worse", replay.comparison.reasons.join(" "));
  });

  it("begins while its batch is open, and has the items that come later", async () => {
    const open = async () => batchOf(await batches.json({ model: "graded@1", keep_inputs: true }));
    const [{ id: batch }, { id: left }] = [await open(), await open()];
    const { id, items } = await replays.create({ batch, model: "graded@3" });
    const lonely = await replays.create({ batch: left, model: "graded@3" });
    assert.equal(items, 0);
    const inputs = numbers.slice(0, 100).map((n) => ({ input: { n } }));
    assert.equal((await batches.append(batch, 0, inputs.slice(0, 60))).status, 200);
    await until("they are seen", async () => (await replays.read(id)).items === 60);
    assert.equal((await batches.append(batch, 60, inputs.slice(60))).status, 200);
    assert.equal((await batches.send("POST", `/${batch}/close`)).status, 202);
    const replay = await replays.ended(id);
    assert.deepEqual([replay.status, replay.items, replay.compared], ["completed", 100, 100]);
    assert.equal((await batches.send("POST", `/${left}/cancel`)).status, 202);
    const failed = await replays.ended(lonely.id);
    assert.equal(problemSchema.parse(failed.error).code, "canceled");
    assert.equal((await batches.ended(failed.candidate_batch)).status, "canceled");
    const again = replays.send("POST", "", { batch: left, model: "graded@2" });
    await refusalOf(await again, "batch_not_replayable");
  });

  it("scores what comes with the request by the default variant, too", async () => {
    const items = numbers.slice(0, 200).map((n) => ({ input: { n }, expected: n % 3 }));
    const { id } = await replays.made(await replays.sendLines("?model=graded@3", items));
    const replay = await replays.ended(id);
    assert.deepEqual(
      [replay.status, replay.model, replay.compared],
      ["completed", "graded@1", 200],
    );
    const wrong = (errors: Errors) =>
      items.filter(({ input: { n } }) => errs(errors, n)).length / 200;
    const { errors } = replay.comparison;
    assert.deepEqual([errors?.live.share, errors?.candidate.share], [wrong(LIVE), wrong(WORSE)]);

    const known = await replays.list();
    const bad = await replays.sendLines("?variant=green", [...items, { input: { m: 1 } }]);
    assert.equal((await refusalOf(bad, "invalid_input")).line, 201);
    const unknown = await replays.sendLines("?variant=red", items);
    await refusalOf(unknown, "invalid_input");
    const none = await refusalOf(await replays.sendLines("", items), "invalid_input");
    assert.equal(none["detail"], "?model= is needed, or ?variant= in its place");
    assert.deepEqual(await replays.list(), known, "nothing is left of what was refused");
  });

  it("is refused of a batch that keeps no inputs", async () => {
    const plain = await batchOf(
      await batches.json({ model: "graded@1", items: [{ input: { n: 1 } }] }),
    );
    const refusal = replays.send("POST", "", { batch: plain.id, model: "graded@2" });
    await refusalOf(await refusal, "batch_not_replayable");
    const other = replays.send("POST", "", { batch: live, variant: "red" });
    await refusalOf(await other, "invalid_input");
  });

  it("that is deleted is gone, with what is still scored for it", async () => {
    const { id, candidate_batch: candidate } = await replays.create({
      batch: live,
      model: "graded@2",
    });
    assert.equal((await replays.send("DELETE", `/${id}`)).status, 204);
    assert.equal((await replays.send("DELETE", `/${id}`)).status, 204);
    await refusalOf(await replays.send("GET", `/${id}`), "gone_deleted");
    const { status } = await batches.ended(candidate);
    assert.equal(status, "canceled");
  });

  it("fails when its batch is deleted meanwhile, and says so", async () => {
    for (const role of system.roles) if (role.name === "courier") await role.end("SIGKILL");
    const items = [{ input: { n: 1 } }];
    const made = await batches.json({ model: "graded@1", keep_inputs: true, items });
    const { id: batch } = await batches.ended((await batchOf(made)).id);
    const { id } = await replays.create({ batch, model: "graded@2" });
    assert.equal((await batches.send("DELETE", `/${batch}`)).status, 204);
    await system.courier();
    const replay = await replays.ended(id);
    assert.equal(replay.status, "failed");
    assert.equal(problemSchema.parse(replay.error).code, "gone_deleted");
    const again = replays.send("POST", "", { batch, model: "graded@2" });
    await refusalOf(await again, "gone_deleted");
  });
});
