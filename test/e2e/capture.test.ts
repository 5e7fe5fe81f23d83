import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { z } from "zod";
import { comparisonListSchema } from "../../gateway/endpoints/comparisons.ts";
import { readCaptured, readCaptureState } from "../../shared/capture/captures.ts";
import { capturedFiles, capturedLines, keysOf } from "../support/captured.ts";
import { cli } from "../support/cli.ts";
import { ask } from "../support/client.ts";
import { EndpointClient, shares } from "../support/endpoints.ts";
import { atFailpoint } from "../support/faults/at-failpoint.ts";
import { versionedModel } from "../support/models.ts";
import { keys } from "../support/redis-keys.ts";
import { readComparisons, statesOf } from "../support/shadows.ts";
import { System, type Role } from "../support/system.ts";
import { until } from "../support/until.ts";

const jobSchema = z.looseObject({ id: z.string(), status: z.string(), variant: z.string() });
/** All there are. */
const LANES = [
  { model: "*", class: "interactive" },
  { model: "*", class: "shadow" },
] as const;
type Job = z.infer<typeof jobSchema>;

describe("what an endpoint captures", () => {
  const models = versionedModel(2);
  let folder: string;
  let system: System;
  let url: string;
  let client: EndpointClient;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "scoreline-captured-"));
    system = await System.bare({ MODELS_DIR: models, CAPTURE_FOLDER: folder });
    [{ url }] = await Promise.all([system.gateway(), system.worker()]);
    client = new EndpointClient(url);
  });
  after(async () => {
    await system[Symbol.asyncDispose]();
    rmSync(models, { recursive: true });
    await rm(folder, { recursive: true });
  });

  const redis = () => system.redis.client();
  const send = async (name: string, body: object, prefer = "wait=60"): Promise<Job> => {
    const response = await ask(`${url}/v1/models/${name}/jobs?on_failure=job`, {
      method: "POST",
      headers: { "content-type": "application/json", prefer },
      body: JSON.stringify(body),
    });
    assert.ok(response.ok, `${response.status}`);
    return jobSchema.parse(await response.json());
  };
  const ofEndpoint = async (name: string, kind: string) =>
    (await capturedLines(folder, kind)).filter(({ endpoint }) => endpoint === name);
  /** For one test, however that ends. */
  const startCourier = async (t: TestContext): Promise<void> => {
    const courier = await system.courier();
    t.after(async () => courier.end("SIGTERM"));
  };
  const written = async (): Promise<void> =>
    until("all is written", async () => (await readCaptured(redis(), 1)).length === 0);

  it("is nothing, and said to be nothing, while no courier has a folder", async () => {
    const { endpoint } = await client.put("alone", {
      ...shares(100, 0),
      capture: { percent: 100 },
    });
    assert.equal(endpoint.capture_state, "unheard");
    const env = { SCORELINE_API_KEY: system.key };
    const { out } = await cli(["endpoints", "get", "alone", "--url", url], env);
    assert.match(out, /^capture +nothing is recorded: no courier has a CAPTURE_FOLDER\b/m);
    const checked = await cli(["doctor"], { REDIS_URL: system.redis.url });
    assert.match(checked.out, /^note +record +no courier has a CAPTURE_FOLDER: .* of alone$/m);
    await send("alone", { input: {} });
    const { unheard, bytes } = await readCaptureState(redis());
    assert.deepEqual([unheard, bytes, (await readCaptured(redis(), 1)).length], [1, 0, 0]);
  });

  it("is two lines a job that join, with what is to be dropped or hashed", async (t) => {
    await startCourier(t);
    const capture = {
      percent: 100,
      drop: ["metadata.secret"],
      hash: ["input.user", "metadata.user"],
    };
    await client.put("all", { ...shares(50, 50), capture });
    await until("a courier is heard", async () => {
      return (await client.read("all")).capture_state === "written";
    });
    const inputs = [{ user: "zoe" }, { user: "bob" }, { user: "zoe", fails: 1 }, { fails: 2 }];
    const jobs = await Promise.all(
      Array.from({ length: 24 }, async (_, i) =>
        send("all", {
          input: inputs[i % inputs.length],
          metadata: { row: i, user: "zoe", secret: "sesame secret" },
        }),
      ),
    );
    const list = await send("all", { inputs: [{ user: "zoe" }, { user: "lou" }] });
    await written();
    const [ins, outs] = [await ofEndpoint("all", "inputs"), await ofEndpoint("all", "predictions")];
    const expected = [...jobs, list].map(({ id }) => `${id} 1`).toSorted();
    assert.deepEqual([keysOf(ins), keysOf(outs)], [expected, expected]);
    for (const [i, job] of jobs.entries()) {
      const [input, output] = [ins, outs].map((lines) => lines.find(({ id }) => id === job.id));
      assert.deepEqual([input?.["variant"], output?.["status"]], [job.variant, job.status]);
      assert.equal(output?.["output"] === null, job.status === "failed");
      assert.equal(output?.["error"] === null, job.status === "succeeded");
      const metadata = z.record(z.string(), z.unknown()).parse(input?.metadata);
      assert.deepEqual([metadata["row"], metadata["secret"]], [i, undefined]);
      assert.match(String(metadata["user"]), /^hmac:[0-9a-f]{32}$/);
      assert.deepEqual(output?.metadata, input?.metadata);
    }
    const text = JSON.stringify([ins, outs]);
    // No id has an i, l, o or u.
    for (const secret of ["zoe", "bob", "lou", "sesame secret"])
      assert.ok(!text.includes(secret), secret);
    const users = z.array(z.object({ user: z.string() }));
    const both = users.parse(ins.find(({ id }) => id === list.id)?.["input"]);
    const metadataUser = z.object({ user: z.string() }).parse(ins[0]?.metadata).user;
    assert.equal(both[0]?.user, metadataUser, "the same value has the same hash");
    assert.notEqual(both[0]?.user, both[1]?.user);
    const paths = (await capturedFiles(folder)).map(({ path }) => path);
    const place =
      /^all\/(blue|green)\/(inputs|predictions)\/\d{4}\/\d\d\/\d\d\/\d\d-[0-9a-f]{12}\.ndjson$/;
    for (const path of paths) assert.match(path, place);
    const { bytes, gone, unreadable } = await readCaptureState(redis());
    assert.deepEqual(
      [bytes, gone, unreadable],
      [0, 0, 0],
      "nothing stays in Redis, nothing is lost",
    );
  });

  it("is joined by what somebody says later that the output should have been", async (t) => {
    await startCourier(t);
    await client.put("told", { ...shares(100, 0), capture: { percent: 100 } });
    const label = async (id: string, body: object) =>
      ask(`${url}/v1/jobs/${id}/label`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
    const [{ id: right }, { id: wrong }] = await Promise.all([
      send("told", { input: {} }),
      send("told", { input: {} }),
    ]);
    const said: readonly (readonly [string, object])[] = [
      [right, { label: { version: 2 } }],
      [right, { label: { version: 1 } }],
      [right, { label: { version: 1 } }],
      [wrong, { expected: 7 }],
    ];
    for (const [id, body] of said) assert.equal((await label(id, body)).status, 204);
    assert.equal((await label(wrong, {})).status, 422);
    assert.equal((await label(wrong, { label: "x".repeat(4096) })).status, 422);
    await written();
    const lines = await ofEndpoint("told", "labels");
    assert.deepEqual(
      lines.map(({ id, variant, label: one }) => [id, variant, one]),
      [
        [right, "blue", { version: 2 }],
        [right, "blue", { version: 1 }],
        [wrong, "blue", 7],
      ],
    );
    const predicted = new Set((await ofEndpoint("told", "predictions")).map(({ id }) => id));
    for (const { id } of lines) assert.ok(predicted.has(id));
    const metrics = await (await fetch(`${url}/metrics`)).text();
    const counts = [...metrics.matchAll(/^scoreline_labels_total\{(.*\} \d+)$/gm)];
    const of = 'endpoint="told",variant="blue",model="versioned@1"';
    assert.deepEqual(
      counts.map(([, count = ""]) => count).toSorted((a, b) => a.localeCompare(b)),
      [`${of},outcome="right"} 1`, `${of},outcome="wrong"} 2`],
    );
    const list = await (await client.send("GET", "told/comparisons")).json();
    const { variants } = comparisonListSchema.parse(list);
    assert.deepEqual(
      variants.map(({ variant, labels: all, right: ours }) => [variant, all, ours]),
      [
        ["blue", 2, 1],
        ["green", 0, 0],
      ],
      "the second label of a job took the place of the first",
    );
  });

  it("is the share that it says, and nothing of what was deleted before it was written", async (t) => {
    await client.put("some", { ...shares(100, 0), capture: { percent: 25, inputs: false } });
    const jobs = await Promise.all(
      Array.from({ length: 200 }, async () => send("some", { input: {} })),
    );
    const waiting = await redis().xlen(keys.captures);
    assert.ok(waiting > 0, "the courier that was there counts as alive");
    const [kept, ...erased] = jobs.map(({ id }) => id);
    assert.ok(kept);
    for (const id of erased.slice(0, 100)) {
      assert.equal((await ask(`${url}/v1/jobs/${id}`, { method: "DELETE" })).status, 204);
    }
    await startCourier(t);
    await written();
    const ids = (await ofEndpoint("some", "predictions")).map(({ id }) => id);
    assert.deepEqual(await ofEndpoint("some", "inputs"), []);
    assert.deepEqual(
      ids.filter((id) => erased.slice(0, 100).includes(id)),
      [],
    );
    // Of the 100 others: five standard deviations from 25.
    assert.ok(ids.length >= 4 && ids.length <= 46, `${ids.length}`);
  });

  it("and what is shadowed is there once, whoever is killed at whichever moment", async (t) => {
    await client.put("deadly", {
      variants: [{ name: "blue", model: "versioned@1" }],
      shadows: [{ name: "next", model: "versioned@2" }],
      capture: { percent: 100 },
    });
    const { gone: goneBefore } = await readCaptureState(redis());
    const known = new Set<string>();
    let sent = 0;
    const load = async (count: number): Promise<void> => {
      const jobs = Array.from({ length: count }, async () => {
        sent += 1;
        const input = { fails: sent % 5 === 0 ? 2 : 0 };
        await send("deadly", { input }, "wait=0").then(
          ({ id }) => known.add(id),
          () => undefined, // its gateway was killed
        );
      });
      await Promise.all(jobs);
    };
    const loadUntilEnd = async (role: Role): Promise<void> =>
      until(`the ${role.name} is killed`, async () => {
        if (!role.hasExited) await load(20);
        return role.hasExited;
      });
    for (const [point, time] of [
      ["lines captured", 1],
      ["lines captured", 2],
      ["pair counted", 1],
      ["pair counted", 30],
    ] as const) {
      const doomed = await system.courier({ env: atFailpoint(point, time) });
      await loadUntilEnd(doomed);
      assert.equal(doomed.child.signalCode, "SIGKILL", doomed.log);
    }
    for (const kind of ["worker", "gateway"]) {
      const role = system.roles.find(({ name, hasExited }) => name === kind && !hasExited);
      assert.ok(role !== undefined);
      const wanted = known.size + 100;
      const killed = until("it has work", () => known.size >= wanted).then(async () =>
        role.end("SIGKILL"),
      );
      await Promise.all([loadUntilEnd(role), killed]);
    }
    url = (await system.gateway()).url;
    client = new EndpointClient(url);
    await Promise.all([system.courier(), system.worker()]);
    await load(1);
    await until("all jobs have ended", async () => {
      const waiting = await Promise.all(LANES.map((lane) => redis().keys(keys.outstanding(lane))));
      return waiting.flat().length === 0;
    });
    await until("all are compared", async () => (await redis().zcard(keys.shadowEnds)) === 0);
    await written();

    const [ins, outs] = [
      await ofEndpoint("deadly", "inputs"),
      await ofEndpoint("deadly", "predictions"),
    ];
    assert.deepEqual(keysOf(ins), keysOf(outs));
    const ids = ins.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length, "none is there twice");
    // What a gateway accepted and did not come to say is captured, too.
    assert.deepEqual(
      [...known].filter((id) => !ids.includes(id)),
      [],
    );
    for (const { status } of outs) assert.equal(status, "succeeded");
    const { unreadable, full, gone } = await readCaptureState(redis());
    assert.deepEqual([unreadable, full, gone - goneBefore], [0, 0, 0]);

    const pairs = (await statesOf(redis())).shadow.replaceAll(/[^SF]/g, "").length;
    const [seen] = await readComparisons(url, "deadly");
    t.diagnostic(`sent: ${sent}, captured: ${ids.length}, pairs: ${pairs}`);
    assert.ok(pairs > 0);
    assert.equal(seen?.pairs, pairs);
  });
});
