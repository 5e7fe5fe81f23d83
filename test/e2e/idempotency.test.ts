import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Redis } from "ioredis";
import { packOf } from "../../shared/id.ts";
import { keys } from "../support/redis-keys.ts";
import { request, type Reply } from "../support/client.ts";
import { Link } from "../support/link.ts";
import { hasJob, runsOf } from "../support/runs.ts";
import { System, type Role } from "../support/system.ts";
import { until } from "../support/until.ts";

const ENV = { MODELS_DIR: "test/fixtures/models", LOG_LEVEL: "debug" };
const LANE = { model: "slow-text@1", class: "interactive" } as const;
const SUBMIT = "/v1/models/slow-text/jobs";

describe("an Idempotency-Key", () => {
  let system: System;
  let worker: Role;
  let redis: Redis;
  let [one, other] = ["", ""];
  let link: Link;
  /** A gateway whose replies from Redis can be lost. */
  let shaky = "";
  before(async () => {
    system = await System.bare(ENV);
    link = await Link.to(system.redis.port);
    const env = { REDIS_URL: system.redis.urlOf("gateway", link.port) };
    const gateways = [system.gateway(), system.gateway(), system.gateway({ env })] as const;
    const started = await Promise.all([...gateways, system.courier()]);
    [one, other, shaky] = [started[0].url, started[1].url, started[2].url];
    worker = await system.worker();
    redis = system.redis.client();
  });
  after(async () => {
    await system[Symbol.asyncDispose]();
    await link[Symbol.asyncDispose]();
  });

  interface Send {
    readonly prefer?: string;
    readonly to?: string;
    readonly type?: string;
  }
  const send = async (key: string, body: unknown, how: Send = {}): Promise<Reply> => {
    const { prefer = "wait=60", to = `${one}${SUBMIT}`, type = "application/json" } = how;
    return request(to, {
      method: "POST",
      headers: { "content-type": type, "idempotency-key": key, prefer },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
  };
  const runsWith = (id = ""): number => runsOf(worker).filter((run) => hasJob(run, id)).length;
  const isReplay = ({ headers }: Reply): boolean => headers.get("idempotent-replayed") === "true";
  /** While it is held, what is sent stays queued. */
  const hold = (isHeld: boolean): void => {
    worker.child.kill(isHeld ? "SIGSTOP" : "SIGCONT");
  };
  const isAccepted = async (): Promise<void> =>
    until("a job is accepted", async () => (await redis.zcard(keys.outstanding(LANE))) === 1);
  const text = (content: string) => ({ input: { text: content } });

  it("makes of 100 requests at once to two gateways one job, run once, answered alike", async () => {
    hold(true);
    const sent = Array.from({ length: 100 }, async (_, i) =>
      send("together", text("a"), { to: `${i % 2 === 0 ? one : other}${SUBMIT}` }),
    );
    await isAccepted();
    hold(false);
    const replies = await Promise.all(sent);
    assert.deepEqual(new Set(replies.map(({ status }) => status)), new Set([200]));
    const bodies = replies.map(({ body }) => JSON.stringify({ ...body, expires_at: undefined }));
    assert.equal(new Set(bodies).size, 1, "equal answers");
    assert.equal(replies.filter((reply) => !isReplay(reply)).length, 1);
    assert.equal(runsWith(replies[0]?.body.id), 1);
    assert.equal(await redis.zcard(keys.outstanding(LANE)), 0);
  });

  it("attaches to a job that has not ended, with the repeat's own wait", async () => {
    hold(true);
    const first = await send("attach", text("a"), { prefer: "" });
    const glance = await send("attach", text("a"), { prefer: "respond-async" });
    assert.deepEqual([first.status, glance.status], [202, 202]);
    assert.equal(glance.body.id, first.body.id);
    assert.ok(isReplay(glance));
    const waiting = send("attach", text("a"));
    hold(false);
    const waited = await waiting;
    assert.deepEqual([waited.status, waited.body.id], [200, first.body.id]);
  });

  it("is the same quoted and bare, with members in another order and other blanks", async () => {
    const first = await send("form", '{"input":{"text":"a"},"metadata":{"a":1,"b":2}}');
    const again = await send('"form"', '{ "metadata": {"b":2, "a":1}, "input": {"text": "a"} }');
    assert.equal(again.body.id, first.body.id);
    assert.ok(isReplay(again) && !isReplay(first));
  });

  it("is the same for a form whose client made up another boundary", async () => {
    const form = (content: string, boundary: string): string =>
      [
        `--${boundary}`,
        'Content-Disposition: form-data; name="question"; filename="q.txt"',
        "Content-Type: text/plain",
        "",
        content,
        `--${boundary}--`,
        "",
      ].join("\r\n");
    const post = async (content: string, boundary: string): Promise<Reply> =>
      send("multipart", form(content, boundary), {
        type: `multipart/form-data; boundary=${boundary}`,
      });
    const first = await post("a", "first-boundary");
    assert.equal(first.status, 200, JSON.stringify(first.body));
    const again = await post("a", "second");
    assert.deepEqual([again.status, again.body.id], [200, first.body.id]);
    const changed = await post("b", "second");
    assert.deepEqual([changed.status, changed.body.code], [422, "idempotency_key_reused"]);
  });

  it("is refused with another body, and with another model", async () => {
    await send("bound", text("a"));
    const body = await send("bound", text("b"));
    assert.deepEqual([body.status, body.body.code], [422, "idempotency_key_reused"]);
    const model = await send("bound", text("a"), { to: `${one}/v1/models/slow-text@1/jobs` });
    assert.deepEqual([model.status, model.body.code], [422, "idempotency_key_reused"]);
    const unusable = await send("two words", text("a"));
    assert.deepEqual([unusable.status, unusable.body.code], [422, "invalid_input"]);
  });

  it("is not used up by a request that was refused", async () => {
    const full = await system.gateway({ env: { TENANT_OUTSTANDING_MAX: "1" } });
    hold(true);
    const holder = await send("holder", text("a"), { prefer: "" });
    const refused = await send("refused", text("a"), { to: `${full.url}${SUBMIT}` });
    assert.deepEqual([refused.status, refused.body.code], [429, "quota_exceeded"]);
    assert.ok(Number(refused.headers.get("retry-after")) >= 1);
    const faulty = await send("refused", { input: { txt: "a" } });
    assert.equal(faulty.status, 422);
    hold(false);
    const taken = await send("refused", text("b"));
    assert.deepEqual([taken.status, isReplay(taken)], [200, false]);
    await request(`${one}/v1/jobs/${holder.body.id}?wait=30`);
  });

  it("answers 410 once the result has expired, and never runs again", async () => {
    const body = { ...text("a"), retention_ms: 4000 };
    const first = await send("expired", body);
    assert.equal(first.status, 200);
    await until(
      "it expires",
      async () => (await redis.exists(keys.pack(packOf(first.body.id ?? "")))) === 0,
    );
    for (const to of [one, other]) {
      const later = await send("expired", body, { to: `${to}${SUBMIT}` });
      assert.deepEqual([later.status, later.body.code], [410, "gone_expired"]);
    }
    assert.equal(await redis.zcard(keys.outstanding(LANE)), 0);
    assert.equal(runsWith(first.body.id), 1);
  });

  it("finds the job again after the gateway that took it was killed", async () => {
    const doomed = await system.gateway();
    hold(true);
    const lost = send("killed", text("a"), { to: `${doomed.url}${SUBMIT}` }).then(
      () => "answered",
      () => "broken",
    );
    await isAccepted();
    await doomed.role.end("SIGKILL");
    assert.equal(await lost, "broken");
    const repeated = send("killed", text("a"), { to: `${other}${SUBMIT}` });
    hold(false);
    const again = await repeated;
    assert.deepEqual([again.status, isReplay(again)], [200, true]);
    assert.equal(runsWith(again.body.id), 1);
  });

  it("costs nothing when one reply of Redis is lost: the gateway sends again", async () => {
    link.loseReplies("one reply lost", 1);
    const body = { ...text("a"), metadata: { mark: "one reply lost" } };
    const reply = await send("lost-once", body, { to: `${shaky}${SUBMIT}` });
    assert.equal(link.cutsLeft, 0);
    assert.deepEqual([reply.status, isReplay(reply)], [200, false]);
    assert.equal(runsWith(reply.body.id), 1);
  });

  it("finds the job again when every reply to its accept was lost", async () => {
    const mark = "all replies lost";
    link.loseReplies(mark, Infinity);
    const body = { ...text("a"), metadata: { mark } };
    const unknown = await send("lost", body, { to: `${shaky}${SUBMIT}` });
    assert.deepEqual([unknown.status, unknown.body.code], [503, "acceptance_unknown"]);
    link.loseReplies(mark, 0);
    const again = await send("lost", body, { to: `${other}${SUBMIT}` });
    assert.deepEqual([again.status, isReplay(again)], [200, true]);
    assert.equal(again.body.id, unknown.body.job_id);
    assert.equal(runsWith(again.body.id), 1);
  });
});
