import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { ask, postJson, request } from "../support/client.ts";
import { scrape, scrapeText, sumOf, type MetricSample } from "../support/metrics.ts";
import { freePort } from "../support/redis.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";

const MODEL = "lookup@1";
/** What figures call an endpoint that says `metrics: false`. */
const NAMELESS = { endpoint: "", shadow: "" };
const GOOD = { input: { ids: [1, 2] } };
/** More than there are seconds in which they could be asked for. */
const SCRAPES = 60;
/** Its ids go up to 99: the model itself fails on this one. */
const BEYOND = { input: { ids: [1_000_000, 2] } };

describe("the metrics", () => {
  let system: System;
  let [gateway, worker, courier] = ["", "", ""];
  before(async () => {
    system = await System.bare({ MODELS_DIR: "test/fixtures/models" });
    const [workerPort, courierPort] = [await freePort(), await freePort()];
    const [{ url }] = await Promise.all([
      system.gateway(),
      system.courier({ env: { HEALTH_PORT: String(courierPort) } }),
    ]);
    gateway = url;
    worker = `http://127.0.0.1:${workerPort}`;
    courier = `http://127.0.0.1:${courierPort}`;
  });
  after(async () => system[Symbol.asyncDispose]());

  const post = async (body: object, prefer = "wait=60"): ReturnType<typeof postJson> =>
    postJson(`${gateway}/v1/models/lookup/jobs`, body, prefer);
  const ended = (samples: readonly MetricSample[], outcome: string, code: string): number =>
    sumOf(samples, "scoreline_jobs_ended_total", { model: MODEL, outcome, code });

  it("count each job once where it was submitted, and once where it ended", async () => {
    // No worker lives yet: these two end by the courier and by the gateway.
    const late = await post({ ...GOOD, timeouts: { start_ms: 300 } });
    assert.equal(late.body.code, "start_timeout");
    const { body } = await post(GOOD, "");
    await request(`${gateway}/v1/jobs/${body.id}/cancel`, { method: "POST" });
    await system.worker({ env: { HEALTH_PORT: new URL(worker).port } });
    for (const input of [GOOD, GOOD, BEYOND]) await post(input);
    await request(`${gateway}/v1/jobs/${body.id}/retry`, { method: "POST" });
    await request(`${gateway}/v1/jobs/${body.id}`, { headers: { prefer: "wait=60" } });
    assert.equal((await post({ input: {} })).status, 422);

    const [front, back, healer] = await Promise.all([gateway, worker, courier].map(scrape));
    assert.ok(front !== undefined && back !== undefined && healer !== undefined);
    const submitted = (outcome: string, code = ""): number =>
      sumOf(front, "scoreline_jobs_submitted_total", { model: MODEL, outcome, code });
    assert.deepEqual(
      [submitted("accepted"), submitted("retried"), submitted("refused", "invalid_input")],
      [5, 1, 1],
    );
    assert.equal(ended(front, "canceled", "canceled"), 1);
    assert.equal(ended(healer, "expired", "start_timeout"), 1);
    assert.equal(sumOf(healer, "scoreline_janitor_healed_total", { kind: "job_overdue" }), 1);
    assert.equal(ended(back, "succeeded", ""), 3);
    assert.equal(ended(back, "failed", "model_error"), 1);
    const all = [...front, ...back, ...healer];
    assert.equal(sumOf(all, "scoreline_jobs_ended_total"), 6);
  });

  it("measure the batches and phases of what was run", async () => {
    const samples = await scrape(worker);
    assert.equal(sumOf(samples, "scoreline_batch_rows_sum", { model: MODEL }), 4);
    for (const phase of ["queue", "batch_wait", "total"]) {
      const labels = { model: MODEL, class: "interactive", phase };
      assert.equal(sumOf(samples, "scoreline_job_duration_seconds_count", labels), 4, phase);
    }
    for (const phase of ["decode", "inference"]) {
      const labels = { model: MODEL, phase };
      const runs = sumOf(samples, "scoreline_batch_rows_count", { model: MODEL });
      assert.equal(sumOf(samples, "scoreline_batch_duration_seconds_count", labels), runs, phase);
    }
    assert.ok(
      sumOf(samples, "scoreline_session_load_duration_seconds_count", { model: MODEL }) > 0,
    );
    assert.ok(sumOf(samples, "scoreline_sessions") > 0);
    assert.ok(sumOf(samples, "scoreline_slots") > 0);
  });

  it("count each job of an endpoint by its variant", async () => {
    const variants = [
      { name: "blue", model: MODEL },
      { name: "green", model: MODEL, share: 100 },
    ];
    const put = await ask(`${gateway}/v1/endpoints/looked`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ variants }),
    });
    assert.equal(put.status, 201);
    const url = `${gateway}/v1/models/looked/jobs`;
    for (const body of [GOOD, GOOD, BEYOND]) await postJson(url, body);
    await postJson(`${url}?variant=blue`, GOOD);
    const quiet = { method: "PATCH", headers: { "content-type": "application/json" } };
    const body = JSON.stringify({ metrics: false });
    assert.equal((await ask(`${gateway}/v1/endpoints/looked`, { ...quiet, body })).status, 200);
    const { status, body: job } = await postJson(url, GOOD);
    assert.equal(status, 200);
    const label = { method: "POST", body: JSON.stringify({ label: 3 }) };
    assert.equal((await ask(`${gateway}/v1/jobs/${job.id}/label`, label)).status, 204);
    const [front, back] = [await scrape(gateway), await scrape(worker)];
    const endpoint = "looked";
    const endedBy = (variant: string, outcome: string): number =>
      sumOf(back, "scoreline_variant_jobs_ended_total", { endpoint, variant, outcome });
    assert.deepEqual(
      [endedBy("green", "succeeded"), endedBy("green", "failed"), endedBy("blue", "succeeded")],
      [2, 1, 1],
    );
    const took = { endpoint, variant: "green" };
    assert.equal(sumOf(back, "scoreline_variant_job_duration_seconds_count", took), 3);
    const submitted = { ...took, outcome: "accepted" };
    assert.equal(sumOf(front, "scoreline_jobs_submitted_total", submitted), 3);
    const labeled = (name: string): number =>
      sumOf(front, "scoreline_labels_total", { endpoint: name });
    assert.deepEqual([labeled(endpoint), labeled("")], [0, 1]);
  });

  it("say what the verdict on each shadow is, unless its endpoint is left out", async () => {
    const make = async (name: string, body: object): Promise<void> => {
      const headers = { "content-type": "application/json" };
      const put = { method: "PUT", headers, body: JSON.stringify(body) };
      assert.ok((await ask(`${gateway}/v1/endpoints/${name}`, put)).ok);
    };
    const both = {
      variants: [{ name: "blue", model: MODEL }],
      shadows: [{ name: "next", model: MODEL }],
    };
    await make("quiet", { ...both, metrics: false });
    await make("tried", both);
    const verdict = "scoreline_shadow_verdict";
    for (const name of ["tried", "quiet"]) {
      await postJson(`${gateway}/v1/models/${name}/jobs`, GOOD);
      const names = name === "tried" ? { endpoint: name, shadow: "next" } : NAMELESS;
      await until("its shadow has ended", async () => {
        const ends = { ...names, outcome: "counted" };
        return sumOf(await scrape(courier), "scoreline_shadow_ends_total", ends) === 1;
      });
      const begun = { ...names, outcome: "accepted" };
      assert.equal(sumOf(await scrape(gateway), "scoreline_shadow_jobs_total", begun), 1);
    }
    const ofVariant = sumOf(await scrape(worker), "scoreline_variant_jobs_ended_total", {
      endpoint: "tried",
    });
    assert.equal(ofVariant, 1, "a shadow is no job of the live variant");
    for (const role of [gateway, worker, courier]) {
      const told = (await scrape(role)).filter(({ labels }) => labels["endpoint"] === "quiet");
      assert.deepEqual(told, [], "nothing names what is to be left out");
    }
    await until("it is told", async () => {
      const samples = await scrape(courier);
      const next = { endpoint: "tried", variant: "blue", shadow: "next" };
      if (sumOf(samples, verdict, { ...next, verdict: "undecided" }) === 0) return false;
      assert.equal(sumOf(samples, verdict, { endpoint: "quiet" }), 0);
      assert.equal(sumOf(samples, verdict), 1, "no other verdict");
      return true;
    });
    for (const name of ["tried", "quiet"])
      await ask(`${gateway}/v1/endpoints/${name}`, { method: "DELETE" });
    await until("it is told no more", async () => sumOf(await scrape(courier), verdict) === 0);
  });

  it("count each item of a batch by its own end", async () => {
    const earlier = await scrape(worker);
    const items = [GOOD, BEYOND, GOOD];
    const { status } = await postJson(`${gateway}/v1/batches`, { model: "lookup", items });
    assert.equal(status, 200);
    const samples = await scrape(worker);
    const count = (labels: Record<string, string>): number =>
      sumOf(samples, "scoreline_items_ended_total", { model: MODEL, class: "bulk", ...labels });
    assert.deepEqual(
      [count({ outcome: "succeeded" }), count({ outcome: "failed", code: "model_error" })],
      [2, 1],
    );
    const jobs = "scoreline_jobs_ended_total";
    assert.equal(sumOf(samples, jobs), sumOf(earlier, jobs));
  });

  it("count a request that is repeated under its key as replayed", async () => {
    const headers = {
      "content-type": "application/json",
      "idempotency-key": "k1",
      prefer: "wait=60",
    };
    const again = { method: "POST", headers, body: JSON.stringify(GOOD) };
    for (const _ of [1, 2]) await ask(`${gateway}/v1/models/lookup/jobs`, again);
    const labels = { model: MODEL, outcome: "replayed" };
    assert.equal(sumOf(await scrape(gateway), "scoreline_jobs_submitted_total", labels), 1);
  });

  it("label requests with routes and known methods only, whatever is asked for", async () => {
    await ask(`${gateway}/v1/jobs/job_made_up`);
    await ask(`${gateway}/made/up`);
    await fetch(`${gateway}/made/up`, { method: "MKCOL" });
    await fetch(`${gateway}/v1/models`, { headers: { authorization: "Bearer made-up" } });
    const samples = await scrape(gateway);
    const count = (labels: Record<string, string>): number =>
      sumOf(samples, "scoreline_http_requests_total", labels);
    assert.equal(count({ route: "/v1/jobs/{id}", method: "GET", status: "404" }), 1);
    assert.equal(count({ route: "other", method: "GET", status: "404" }), 1);
    assert.equal(count({ route: "other", method: "other", status: "404" }), 1);
    assert.equal(count({ route: "/v1/models", method: "GET", status: "401" }), 1);
    const all = (await Promise.all([gateway, worker, courier].map(scrape))).flat();
    const values = new Set(all.flatMap(({ labels }) => Object.values(labels)));
    assert.ok(values.has(MODEL));
    const chosenByClients = [...values].filter((value) =>
      /made.up|MKCOL|^job_(?!overdue)|sk_|default/.test(value),
    );
    assert.deepEqual(chosenByClients, []);
  });

  it("are made once a second, however many ask", async () => {
    for (const url of [gateway, worker, courier]) {
      const texts = new Set<string>();
      for (let i = 0; i < SCRAPES; i++) {
        texts.add(await (await fetch(`${url}/metrics`)).text());
      }
      // Each has the CPU time of its process in it: made anew, no two would be the same.
      assert.ok(texts.size < SCRAPES, `${url}: ${texts.size} of ${SCRAPES}`);
    }
  });

  it("say the same of a lane on each gateway", async () => {
    const other = (await system.gateway()).url;
    const workers = system.roles.filter(({ name }) => name === "worker");
    await Promise.all(workers.map(async (role) => role.end("SIGTERM")));
    for (const _ of [1, 2, 3]) await post(GOOD, "");
    const name = "scoreline_lane_outstanding";
    const lane = { model: MODEL, class: "interactive" };
    await until("both show three jobs", async () => {
      const both = await Promise.all([gateway, other].map(scrape));
      return both.every((samples) => sumOf(samples, name, lane) === 3);
    });
    const samples = await scrape(other);
    assert.ok(sumOf(samples, "scoreline_lane_oldest_age_seconds", lane) > 0);
    assert.equal(sumOf(samples, "scoreline_workers", { model: MODEL, state: "ready" }), 0);
  });
});

describe("the health port", () => {
  const answerSchema = z.looseObject({ status: z.string() });

  it("is not opened unless it is set", async () => {
    await using system = await System.start();
    const listening = system.roles.filter(({ log }) => log.includes('"health: listening"'));
    assert.deepEqual(listening, []);
  });

  it("says that the process lives, and that it is ready only while Redis is there", async () => {
    await using system = await System.bare({ MODELS_DIR: "test/fixtures/models" });
    const port = await freePort();
    const role = await system.worker({ env: { HEALTH_PORT: String(port) } });
    const look = async (path: string): Promise<readonly [number, string]> => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`);
      return [response.status, answerSchema.parse(await response.json()).status];
    };
    assert.deepEqual(await look("/healthz"), [200, "ok"]);
    assert.deepEqual(await look("/readyz"), [200, "ready"]);
    assert.equal((await look("/made/up"))[0], 404);
    await system.redis.kill();
    await until("it is not ready", async () => (await look("/readyz"))[0] === 503);
    assert.deepEqual(await look("/healthz"), [200, "ok"]);
    const text = await scrapeText(`http://127.0.0.1:${port}`);
    assert.match(text, /^scoreline_redis_ready 0$/m);
    await system.redis.launch();
    await until("it is ready again", async () => (await look("/readyz"))[0] === 200);
    assert.equal(await role.end("SIGTERM"), 0);
  });

  it("keeps a worker from starting where another has it", async () => {
    await using system = await System.bare({ MODELS_DIR: "test/fixtures/models" });
    const env = { HEALTH_PORT: String(await freePort()) };
    await system.worker({ env });
    await assert.rejects(system.courier({ env }), /could not start: listen EADDRINUSE/);
  });
});
