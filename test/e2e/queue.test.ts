import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Redis } from "ioredis";
import { z } from "zod";
import type { NewKey } from "../../shared/access/key.ts";
import { laneName } from "../../shared/lane.ts";
import { cli } from "../support/cli.ts";
import { ask, postJson, request } from "../support/client.ts";
import { commandsOf } from "../support/commands.ts";
import { eventsOf } from "../support/events.ts";
import { issueKey } from "../support/keys.ts";
import { keys } from "../support/redis-keys.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";

const LANE = { model: "slow-text@1", class: "interactive" } as const;
const BULK = { model: "slow-text@1", class: "bulk" } as const;

const laneSchema = z.looseObject({
  lane: z.string(),
  depth: z.number(),
  load: z.number(),
  paused: z.looseObject({ since: z.string(), refuse: z.boolean() }).nullable(),
  workers: z.object({ ready: z.number(), starting: z.number(), slots: z.number() }),
});
const listSchema = z.object({ data: z.array(laneSchema) });
const countsSchema = z.looseObject({
  jobs: z.number().optional(),
  items: z.number().optional(),
  retried: z.number().optional(),
  next_cursor: z.string().nullish(),
  until: z.string().optional(),
});

describe("the queue in an operator's hands", () => {
  let system: System & { url: string };
  let redis: Redis;
  before(async () => {
    system = await System.start({ MODELS_DIR: "test/fixtures/models", WORKER_SLOTS: "1" });
    redis = system.redis.client();
  });
  after(async () => system[Symbol.asyncDispose]());

  const bearer = async (more: Partial<NewKey>): Promise<Record<string, string>> => ({
    authorization: `Bearer ${(await issueKey(redis, more)).tokens.primary}`,
  });
  const submit = async (text: string, prefer = ""): ReturnType<typeof postJson> =>
    postJson(`${system.url}/v1/models/slow-text/jobs`, { input: { text } }, prefer);
  const post = async (path: string, body?: object, headers = {}): Promise<Response> =>
    ask(`${system.url}/v1/queue/${path}`, {
      method: "POST",
      headers,
      ...(body && { body: JSON.stringify(body) }),
    });
  const lanes = async (headers = {}): Promise<readonly z.infer<typeof laneSchema>[]> =>
    listSchema.parse(await (await ask(`${system.url}/v1/queue`, { headers })).json()).data;
  const status = async (id = ""): Promise<unknown> =>
    (await request(`${system.url}/v1/jobs/${id}`)).body.status;

  it("holds what a paused lane accepts, shows a scaler nothing, and goes on", async () => {
    const paused = laneSchema.parse(await (await post(`${laneName(LANE)}/pause`)).json());
    assert.equal(paused.paused?.refuse, false);
    const { body } = await submit("held");
    assert.deepEqual([body.status, body["phase"]], ["queued", "paused"]);
    // Longer than a worker and a courier need for anything.
    const waited = await request(`${system.url}/v1/jobs/${body.id}`, {
      headers: { prefer: "wait=3" },
    });
    assert.equal(waited.body.status, "queued");
    assert.equal(await redis.llen(keys.load(LANE)), 0);
    assert.equal(await redis.llen(keys.held(LANE)), 1);
    const figures = await (await fetch(`${system.url}/metrics`)).text();
    assert.match(figures, /^scoreline_lane_paused\{model="slow-text@1",class="interactive"\} 1$/m);
    const resumed = laneSchema.parse(await (await post(`${laneName(LANE)}/resume`)).json());
    assert.equal(resumed.paused, null);
    const ended = await request(`${system.url}/v1/jobs/${body.id}`, {
      headers: { prefer: "wait=30" },
    });
    assert.equal(ended.body.status, "succeeded");
    const log = (): string => system.roles.map((role) => role.log).join("");
    await until("there is a line", () =>
      /"lane":"slow-text@1.interactive".*"msg":"lane paused"/.test(log()),
    );
  });

  it("refuses when it is told to, jobs and batches alike", async () => {
    await post(`${laneName(LANE)}/pause`, { refuse: true });
    await post(`${laneName(BULK)}/pause`, { refuse: true });
    const refused = await submit("no");
    assert.deepEqual([refused.status, refused.body.code], [503, "queue_paused"]);
    assert.ok(Number(refused.headers.get("retry-after")) > 0);
    const batch = { model: "slow-text@1", items: [{ input: { text: "a" } }] };
    const second = await postJson(`${system.url}/v1/batches`, batch, "");
    assert.deepEqual([second.status, second.body.code], [503, "queue_paused"]);
    for (const lane of [LANE, BULK]) await post(`${laneName(lane)}/resume`);
  });

  it("purges what waits, and then retries nothing but what failed", async () => {
    await post(`${laneName(LANE)}/pause`);
    await post(`${laneName(BULK)}/pause`);
    const waiting = await Promise.all(["a", "b", "c"].map(async (text) => submit(text)));
    const items = ["a", "b"].map((text) => ({ input: { text } }));
    const batch = await postJson(`${system.url}/v1/batches`, { model: "slow-text@1", items }, "");
    const purge = async (lane: typeof LANE | typeof BULK): Promise<readonly unknown[]> => {
      const body = countsSchema.parse(await (await post(`${laneName(lane)}/purge`)).json());
      return [body.jobs, body.items];
    };
    await until("the batch waits", async () => (await redis.llen(keys.held(BULK))) === 2);
    assert.deepEqual(await purge(LANE), [3, 0]);
    assert.deepEqual(await purge(BULK), [0, 2]);
    for (const { body } of waiting) assert.equal(await status(body.id), "canceled");
    const ended = await request(`${system.url}/v1/batches/${batch.body.id}`);
    assert.deepEqual([ended.body.status, ended.body["outcome"]], ["completed", "none_succeeded"]);
    for (const lane of [LANE, BULK]) await post(`${laneName(lane)}/resume`);

    const since = new Date(Date.now() - 60_000).toISOString();
    const fail = { input: { text: "slow" }, timeouts: { attempt_ms: 1 } };
    const jobs = `${system.url}/v1/models/slow-text/jobs`;
    const [failed, other] = await Promise.all([postJson(jobs, fail), postJson(jobs, fail)]);
    const [first = "", second = ""] = [failed.body.job_id, other.body.job_id];
    assert.deepEqual([await status(first), await status(second)], ["failed", "failed"]);
    const retry = async (more: object = {}, headers = {}) =>
      countsSchema.parse(await (await post("retry-failed", { since, ...more }, headers)).json());
    // One that may use no such model retries none.
    const limited = await bearer({ scopes: ["operator"], models: ["lookup"] });
    assert.equal((await retry({}, limited)).retried, 0);
    assert.equal((await retry({ lane: laneName(BULK) })).retried, 0);
    const future = new Date(Date.now() + 60_000).toISOString();
    assert.equal((await retry({ since: future })).retried, 0);
    await post(`${laneName(LANE)}/pause`);
    const all = await Promise.all([retry(), retry()]);
    assert.equal(
      all.reduce((sum, { retried = 0 }) => sum + retried, 0),
      2,
      "each is retried once",
    );
    assert.ok(all.every(({ next_cursor }) => next_cursor === null));
    assert.equal((await retry()).retried, 0);
    assert.deepEqual([await status(first), await status(second)], ["queued", "queued"]);
    await post(`${laneName(LANE)}/resume`);
    await until("both have failed again", async () =>
      (await Promise.all([first, second].map(status))).every((end) => end === "failed"),
    );
    const job = await request(`${system.url}/v1/jobs/${first}`);
    assert.equal(job.body.attempt, 2);
  });

  it("is the same on the command line, which asks for a name before it purges", async () => {
    const queue = async (...words: string[]) =>
      cli(["queue", ...words, "--url", system.url], { SCORELINE_API_KEY: system.key });
    const name = laneName(LANE);
    assert.match((await queue("pause", name)).out, /^slow-text@1\.interactive .* paused$/m);
    await Promise.all([submit("a"), submit("b")]);
    const depth = async () => (await lanes()).find(({ lane }) => lane === name)?.depth;
    await until("the list, which may be a second old, has both", async () => (await depth()) === 2);
    const [listed, unasked, soon, unknown] = await Promise.all([
      queue("list"),
      queue("purge", name),
      queue("retry-failed", "--since", "soon"),
      queue("resume", "nothing@1.bulk"),
    ]);
    assert.match(listed.out, /^slow-text@1\.interactive +2 +0 .* paused$/m);
    assert.deepEqual([unasked.code, /say --yes/.test(unasked.err)], [2, true]);
    assert.equal(soon.code, 2);
    assert.deepEqual([unknown.code, /There is no lane/.test(unknown.err)], [1, true]);
    const purged = await queue("purge", name, "--yes", "--json");
    assert.deepEqual(JSON.parse(purged.out), { lane: name, jobs: 2, items: 0 });
    const [resumed, retried] = await Promise.all([
      queue("resume", name),
      queue("retry-failed", "--since", "1d", "--lane", laneName(BULK)),
    ]);
    assert.match(resumed.out, /^slow-text@1\.interactive .* empty$/m);
    assert.deepEqual([retried.code, retried.err], [0, "Queued again: 0 jobs.\n"]);
  });

  it("shows who may not change anything what they may use, and changes nothing for them", async () => {
    const tenant = await bearer({ tenant: "other", scopes: ["jobs:read", "admin"] });
    const limited = await bearer({ tenant: "other", scopes: ["jobs:read"], models: ["lookup"] });
    assert.ok((await lanes(tenant)).some(({ lane }) => lane === laneName(LANE)));
    const [first] = await lanes(limited);
    assert.equal(first?.lane, "lookup@1.interactive");
    assert.ok((await lanes(limited)).every(({ lane }) => lane.startsWith("lookup@")));
    const control = async () => redis.hmget(keys.flow(LANE), "pa", "pr", "ps", "pu");
    const begun = await control();
    for (const path of ["pause", "resume", "purge"]) {
      const { status: code } = await post(`${laneName(LANE)}/${path}`, undefined, tenant);
      assert.equal(code, 403, path);
    }
    const since = new Date(0).toISOString();
    assert.equal((await post("retry-failed", { since }, tenant)).status, 403);
    assert.deepEqual(await control(), begun);
    const operator = await bearer({ scopes: ["operator"], models: ["lookup"] });
    assert.equal((await post(`${laneName(LANE)}/pause`, undefined, operator)).status, 403);
    for (const [path, body, code] of [
      ["nothing@1.interactive/pause", undefined, 404],
      ["nothing/pause", undefined, 404],
      [".bulk/purge", undefined, 404],
      [`${laneName(LANE)}/pause`, { refuse: "yes" }, 422],
      [`${laneName(LANE)}/pause`, { reuse: true }, 422],
      ["retry-failed", { since: "yesterday" }, 422],
      ["retry-failed", { since, cursor: "x" }, 422],
      ["retry-failed", { since, lane: "nothing" }, 404],
    ] as const) {
      assert.equal((await post(path, body)).status, code, `${path} ${JSON.stringify(body)}`);
    }
  });

  it("is told live, and many who watch cost no more than one", async () => {
    const leaving = new AbortController();
    const { signal } = leaving;
    const told: number[] = [];
    const watch = async (): Promise<void> => {
      try {
        for await (const { data } of eventsOf(`${system.url}/v1/queue/events`, { signal })) {
          const { data: all } = listSchema.parse(data);
          told.push(all.find(({ lane }) => lane === laneName(LANE))?.depth ?? -1);
        }
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    };
    await post(`${laneName(LANE)}/pause`);
    const watches = Array.from({ length: 6 }, watch);
    await until("all are told", () => told.length >= 6);
    await submit("seen");
    await until("all are told of it", () => told.filter((depth) => depth === 1).length >= 6);
    const versions = (await lanes()).length / 2;
    const begunAtMs = performance.now();
    const counts = await commandsOf(redis, async () => {
      await new Promise((resolve) => setTimeout(resolve, 4000));
    });
    const seconds = (performance.now() - begunAtMs) / 1000 + 1;
    // One HGETALL a lane in each look; what a worker, a courier and a gateway ask besides is a few a second.
    const most = seconds * (2 * versions + 8);
    const reads = counts.get("hgetall") ?? 0;
    assert.ok(reads >= 2 * versions && reads <= most, `${reads} HGETALL, ${most} allowed`);
    leaving.abort();
    await Promise.all(watches);
    await post(`${laneName(LANE)}/purge`);
    await post(`${laneName(LANE)}/resume`);
  });
});
