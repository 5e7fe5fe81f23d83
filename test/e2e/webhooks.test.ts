import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { z } from "zod";
import { packOf } from "../../shared/id.ts";
import { keys } from "../support/redis-keys.ts";
import { signatureFault } from "../../shared/webhook/signature.ts";
import { postJson } from "../support/client.ts";
import { issueKey } from "../support/keys.ts";
import { Receiver } from "../support/receiver.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";
import {
  api,
  deliveriesOf,
  delivery,
  ends,
  messageOf,
  RECEIVERS_HERE,
  register,
  tenantSecret,
  urlOf,
  verifiedEvent,
} from "../support/webhooks.ts";

const question = { input: { text: "how do i clone an array" } };
const notAnImage = { input: { image: "AAAA" } };

describe("webhooks of jobs", () => {
  let system: System & { url: string };
  let receiver: Receiver;
  let status: number;
  before(async () => {
    system = await System.start(RECEIVERS_HERE);
  });
  after(async () => system[Symbol.asyncDispose]());
  beforeEach(async () => {
    status = 200;
    receiver = await Receiver.http((response) => response.writeHead(status).end("thanks"));
  });
  afterEach(async () => receiver[Symbol.asyncDispose]());

  const create = async (model: string, body: object): Promise<string> => {
    const reply = await postJson(`${system.url}/v1/models/${model}/jobs`, body, "respond-async");
    assert.equal(reply.status, 202, JSON.stringify(reply.body));
    return reply.body.id ?? "";
  };
  const job = async (id: string) => api(`${system.url}/v1/jobs/${id}`, 200);
  const arrived = async (count: number): Promise<void> =>
    until(`${count} messages came`, () => receiver.received.length >= count);
  const only = async (id: string): Promise<string> => {
    const [one, ...more] = await deliveriesOf(system.url, id);
    assert.ok(one !== undefined && more.length === 0);
    return one.id;
  };

  it("tell of each end, signed, with the job as GET gives it", async () => {
    const webhook = { url: urlOf(receiver) };
    const ids = new Map([
      ["job.succeeded", await create("faq-javascript", { ...question, webhook })],
      ["job.failed", await create("image-classification", { ...notAnImage, webhook })],
    ]);
    await arrived(2);
    await system.roles.find(({ name }) => name === "worker")?.end("SIGTERM");
    const canceled = await create("faq-javascript", { ...question, webhook });
    await api(`${system.url}/v1/jobs/${canceled}/cancel`, 200, { method: "POST" });
    const timeouts = { start_ms: 1 };
    const expired = await create("faq-javascript", { ...question, webhook, timeouts });
    ids.set("job.canceled", canceled).set("job.expired", expired);
    await arrived(4);
    await system.worker();
    const secret = await tenantSecret(system.url);
    for (const [type, id] of ids) {
      const received = receiver.received.find(({ body }) => body.includes(id));
      assert.ok(received !== undefined, type);
      assert.equal(received.headers["content-type"], "application/json");
      const event = verifiedEvent(received, secret);
      assert.equal(event.type, type);
      const is = await job(id);
      const told = Object.entries(event.data).filter(([name]) => name !== "urls");
      for (const [name, value] of told) assert.deepEqual(value, is[name], `${type} ${name}`);
      assert.deepEqual(
        Object.keys(is).filter((name) => !(name in event.data)),
        ["queue", "expires_at", "deadline_at", "cancel_requested_at", "webhook"],
      );
      assert.equal(messageOf(received).id, await only(id));
      await ends(system.url, await only(id), "delivered");
      assert.deepEqual(z.looseObject({ status: z.string() }).parse((await job(id))["webhook"]), {
        status: "delivered",
        attempts: 1,
        next_attempt_at: null,
        last_status: 200,
      });
    }
    assert.equal(receiver.received.length, 4, "each once");
  });

  it("go to endpoints of the tenant that want them, as much as they want", async () => {
    const thin = { url: urlOf(receiver, "/thin"), events: ["job.started", "job.completed"] };
    const { id, secret } = await register(system.url, { ...thin, include: "thin" });
    const other = { url: urlOf(receiver, "/failed"), events: ["job.failed"] };
    const failures = await register(system.url, other);
    const made = await create("faq-javascript", { ...question, metadata: { order: "o-77" } });
    await arrived(2);
    const events = receiver.received.map((one) => verifiedEvent(one, secret));
    assert.deepEqual(events.map(({ type }) => type).toSorted(), ["job.started", "job.succeeded"]);
    for (const { data } of events) {
      assert.deepEqual([data.id, data["metadata"]], [made, { order: "o-77" }]);
      assert.ok(!("output" in data));
    }
    assert.deepEqual(new Set(receiver.received.map(({ path }) => path)), new Set(["/thin"]));
    await api(`${system.url}/v1/webhook-endpoints/${id}`, 204, { method: "DELETE" });
    await api(`${system.url}/v1/webhook-endpoints/${failures.id}`, 204, { method: "DELETE" });
    await api(`${system.url}/v1/webhook-endpoints/${id}`, 404);
  });

  it("are signed with both secrets while one is exchanged for another", async () => {
    const { id, secret } = await register(system.url, { url: urlOf(receiver), events: [] });
    const rotate = `${system.url}/v1/webhook-endpoints/${id}/rotate-secret`;
    const rotated = await api(rotate, 200, { body: { overlap_ms: 600_000 } });
    const fresh = z.string().parse(rotated["secret"]);
    const webhook = { endpoint: id, events: ["job.completed"] };
    await create("faq-javascript", { ...question, webhook });
    await arrived(1);
    const [received] = receiver.received;
    assert.ok(received !== undefined);
    for (const one of [secret, fresh]) verifiedEvent(received, one);
    assert.equal(messageOf(received).signature.split(" ").length, 2);
    const stranger = await tenantSecret(system.url);
    const now = Date.now() / 1000;
    assert.match(
      signatureFault([stranger], messageOf(received), now) ?? "",
      /no signature matches/,
    );
    await api(rotate, 200, { body: { overlap_ms: 0 } });
    await api(`${system.url}/v1/webhook-endpoints/${id}/ping`, 202, { method: "POST" });
    await arrived(2);
    const [, ping] = receiver.received;
    assert.ok(ping !== undefined);
    assert.match(
      signatureFault([secret, fresh], messageOf(ping), now) ?? "",
      /no signature matches/,
    );
    assert.equal(
      z.looseObject({ type: z.string() }).parse(JSON.parse(ping.body)).type,
      "webhook.ping",
    );
    await api(`${system.url}/v1/webhook-endpoints/${id}`, 204, { method: "DELETE" });
  });

  it("carry the whole result also when its own time is over", async () => {
    status = 503;
    const { id: endpoint, secret } = await register(system.url, {
      url: urlOf(receiver),
      events: ["job.succeeded"],
      schedule_ms: [0, 3_600_000],
    });
    const id = await create("faq-javascript", { ...question, retention_ms: 1000 });
    await arrived(1);
    const redis = system.redis.client();
    const { output } = await job(id);
    await until("more than its retention has passed", async () => {
      const ended = Number(await redis.hget(keys.pack(packOf(id)), "ea"));
      return Date.now() > ended + 1500;
    });
    status = 200;
    const again = `${system.url}/v1/deliveries/${await only(id)}/redeliver`;
    await until(
      "it is not in flight",
      async () => (await delivery(system.url, await only(id))).attempts === 1,
    );
    await api(again, 202, { method: "POST" });
    await arrived(2);
    const [first, second] = receiver.received;
    assert.ok(first !== undefined && second !== undefined);
    assert.deepEqual(verifiedEvent(second, secret).data["output"], output);
    assert.equal(second.body, first.body);
    assert.equal(messageOf(second).id, messageOf(first).id);
    await ends(system.url, await only(id), "delivered");
    const ttl = await redis.ttl(keys.pack(packOf(id)));
    assert.ok(ttl > 0 && ttl <= 60, "and then it goes soon");
    await api(`${system.url}/v1/webhook-endpoints/${endpoint}`, 204, { method: "DELETE" });
  });

  it("of an attempt stay as they were when the job has been retried since", async () => {
    status = 503;
    const { id: endpoint, secret } = await register(system.url, {
      url: urlOf(receiver),
      events: ["job.failed"],
      schedule_ms: [0, 3_600_000],
    });
    const id = await create("image-classification", notAnImage);
    await arrived(1);
    await api(`${system.url}/v1/jobs/${id}/retry`, 202, { method: "POST" });
    await arrived(2);
    status = 200;
    const sent = await deliveriesOf(system.url, id);
    assert.equal(sent.length, 2);
    for (const one of sent) {
      const isDone = async () => (await delivery(system.url, one.id)).attempts === 1;
      await until("it is not in flight", isDone);
      await api(`${system.url}/v1/deliveries/${one.id}/redeliver`, 202, { method: "POST" });
    }
    await arrived(4);
    const byId = Map.groupBy(receiver.received, (one) => messageOf(one).id);
    assert.deepEqual([...byId.keys()].toSorted(), sent.map((one) => one.id).toSorted());
    const attempts = [...byId.values()].map(([first, second]) => {
      assert.ok(first !== undefined && second !== undefined);
      assert.equal(second.body, first.body);
      return verifiedEvent(second, secret).data["attempt"];
    });
    assert.deepEqual(attempts, [1, 2]);
    await api(`${system.url}/v1/webhook-endpoints/${endpoint}`, 204, { method: "DELETE" });
  });

  it("of a job that is deleted are not sent", async () => {
    status = 503;
    const id = await create("faq-javascript", { ...question, webhook: { url: urlOf(receiver) } });
    await arrived(1);
    const sent = await only(id);
    await until(
      "it is not in flight",
      async () => (await delivery(system.url, sent)).attempts === 1,
    );
    await api(`${system.url}/v1/jobs/${id}`, 204, { method: "DELETE" });
    const { status: end, reason } = await delivery(system.url, sent);
    assert.deepEqual([end, reason], ["dead", "resource_deleted"]);
    await api(`${system.url}/v1/deliveries/${sent}/redeliver`, 410, { method: "POST" });
  });

  it("are another tenant's secret", async () => {
    const redis = system.redis.client();
    const tenant = { tenant: "other", scopes: ["webhooks:*", "jobs:read", "jobs:write"] } as const;
    const token = (await issueKey(redis, tenant)).tokens.primary;
    const { id: endpoint } = await register(system.url, { url: urlOf(receiver), events: [] });
    const webhook = { endpoint, events: ["job.completed"] };
    const id = await create("faq-javascript", { ...question, webhook });
    await arrived(1);
    const sent = await only(id);
    for (const path of [
      `deliveries/${sent}`,
      `jobs/${id}/deliveries`,
      `webhook-endpoints/${endpoint}`,
    ]) {
      await api(`${system.url}/v1/${path}`, 404, { token });
    }
    await api(`${system.url}/v1/deliveries/${sent}/redeliver`, 404, { method: "POST", token });
    await api(`${system.url}/v1/webhook-endpoints/${endpoint}`, 404, { method: "DELETE", token });
    const lists = ["deliveries", "webhook-endpoints"];
    for (const path of lists) {
      assert.deepEqual((await api(`${system.url}/v1/${path}`, 200, { token }))["data"], []);
    }
    const theirs = (await api(`${system.url}/v1/webhook-secret`, 200, { token }))["secret"];
    assert.notEqual(theirs, await tenantSecret(system.url));
    const jobs = `${system.url}/v1/models/faq-javascript/jobs`;
    await api(jobs, 422, { token, body: { ...question, webhook } });
    await api(`${system.url}/v1/webhook-endpoints/${endpoint}`, 204, { method: "DELETE" });
  });

  it("are refused at the creation when they could never be sent", async () => {
    const jobs = `${system.url}/v1/models/faq-javascript/jobs`;
    const refused: [string, string, object][] = [
      ["webhook_url_rejected", "/webhook/url", { url: "http://169.254.169.254/latest" }],
      ["webhook_url_rejected", "/webhook/url", { url: "https://me:you@example.com/" }],
      ["webhook_url_rejected", "/webhook/url", { url: "ftp://example.com/" }],
      ["invalid_input", "/webhook/events/1", { url: urlOf(receiver), events: ["job.failed", "x"] }],
      ["invalid_input", "/webhook/events", { url: urlOf(receiver), events: ["batch.results"] }],
      ["invalid_input", "/webhook/endpoint", { endpoint: "whk_none" }],
      ["invalid_input", "/webhook", {}],
      ["unknown_field", "/webhook/uri", { uri: urlOf(receiver), endpoint: "whk_none" }],
    ];
    for (const [code, pointer, webhook] of refused) {
      const { body } = await postJson(jobs, { ...question, webhook });
      assert.deepEqual([body.code, body.errors?.[0]?.pointer], [code, pointer]);
    }
  });

  it("are a tenant's own to be told of by 50 endpoints at most", async () => {
    const redis = system.redis.client();
    const tenant = { tenant: "many", scopes: ["webhooks:*"] } as const;
    const token = (await issueKey(redis, tenant)).tokens.primary;
    const body = { url: urlOf(receiver), events: [] };
    for (let i = 0; i < 50; i += 1) await register(system.url, body, token);
    const refused = await api(`${system.url}/v1/webhook-endpoints`, 409, { token, body });
    assert.equal(refused["code"], "endpoint_limit");
  });
});
