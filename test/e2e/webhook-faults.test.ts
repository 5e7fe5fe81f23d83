import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { DEFAULT_SCHEDULE_MS } from "../../shared/webhook/schedule.ts";
import { postJson } from "../support/client.ts";
import { PUBLIC, Receiver } from "../support/receiver.ts";
import { freePort } from "../support/redis.ts";
import { System, type Role } from "../support/system.ts";
import { until } from "../support/until.ts";
import {
  api,
  COMPRESSED,
  deliveriesOf,
  delivery,
  ends,
  messageOf,
  register,
  urlOf,
  verifiedEvent,
  type Delivery,
} from "../support/webhooks.ts";

const question = { input: { text: "how do i clone an array" } };
/** Times in the schedule, compressed as the courier compresses them, in ms. */
const SCALE = Number(COMPRESSED.WEBHOOK_TIME_SCALE);

describe("webhooks to receivers that are in trouble", () => {
  let system: System & { url: string };
  let courier: Role | undefined;
  before(async () => {
    system = await System.start(COMPRESSED);
    courier = system.roles.find(({ name }) => name === "courier");
  });
  after(async () => system[Symbol.asyncDispose]());

  /** A job that calls this endpoint back, and the delivery. */
  const tell = async (endpoint: string): Promise<{ job: string; id: string }> => {
    const webhook = { endpoint, events: ["job.completed"] };
    const jobs = `${system.url}/v1/models/faq-javascript/jobs`;
    const { body } = await postJson(jobs, { ...question, webhook });
    const job = body.id ?? "";
    const all = await deliveriesOf(system.url, job);
    const sent = all.find((one) => one.endpoint === endpoint);
    assert.ok(sent !== undefined, "stored with the end of the job");
    return { job, id: sent.id };
  };
  const endpointAt = async (url: string, more: object = {}) =>
    register(system.url, { url, events: [], ...more });
  const outcomes = ({ log }: Delivery): unknown[] => log.map((one) => one.status ?? one.error);

  it("that answer 500: ten attempts on schedule, then a dead letter, then sent again", async () => {
    let status = 500;
    await using receiver = await Receiver.http((response) => response.writeHead(status).end());
    // A tenth of the usual one: far from the 5 days after which an endpoint is disabled.
    const schedule = DEFAULT_SCHEDULE_MS.map((ms) => ms / 10);
    const more = { schedule_ms: schedule };
    const { id: endpoint, secret } = await endpointAt(urlOf(receiver), more);
    const since = new Date().toISOString();
    const { id } = await tell(endpoint);
    const dead = await ends(system.url, id, "dead");
    assert.deepEqual([dead.reason, dead.attempts], ["exhausted", 10]);
    assert.deepEqual(
      outcomes(dead),
      Array.from({ length: 10 }, () => 500),
    );
    const times = dead.log.map(({ at }) => Date.parse(at));
    for (const [i, pauseMs] of schedule.slice(1).entries()) {
      const gapMs = (times[i + 1] ?? 0) - (times[i] ?? 0);
      assert.ok(gapMs >= Math.floor(pauseMs * SCALE), `attempt ${i + 2} after ${gapMs} ms`);
    }
    const letters = await api(`${system.url}/v1/deliveries?status=dead&endpoint=${endpoint}`, 200);
    assert.ok(JSON.stringify(letters).includes(id));
    status = 204;
    const again = await api(`${system.url}/v1/deliveries/redeliver`, 202, {
      body: { since, endpoint },
    });
    assert.deepEqual([again["redelivered"], again["gone"]], [1, 0]);
    const end = await ends(system.url, id, "delivered");
    assert.equal(end.attempts, 11);
    for (const received of receiver.received) {
      verifiedEvent(received, secret);
      assert.equal(messageOf(received).id, id);
      assert.equal(received.body, receiver.received[0]?.body);
    }
  });

  it("that are down: tried again, and delivered once they are up", async () => {
    const port = await freePort();
    const url = `http://${PUBLIC}:${port}/`;
    const { id: endpoint, secret } = await endpointAt(url);
    const { id } = await tell(endpoint);
    await until("two attempts", async () => (await delivery(system.url, id)).attempts >= 2);
    await using receiver = await Receiver.http((response) => response.end(), { port });
    const end = await ends(system.url, id, "delivered");
    assert.deepEqual(new Set(outcomes(end)), new Set(["unreachable", 200]));
    assert.equal(end.log[0]?.latency_ms, null, "which would tell what there is");
    assert.equal(receiver.received.length, 1);
    for (const received of receiver.received) verifiedEvent(received, secret);
  });

  it("that hang: given up after the time-out, and tried again", async () => {
    let isHanging = true;
    await using receiver = await Receiver.http((response) => {
      if (!isHanging) response.end();
      isHanging = false;
    });
    const { id: endpoint } = await endpointAt(urlOf(receiver), { schedule_ms: [0, 0] });
    const end = await ends(system.url, (await tell(endpoint)).id, "delivered");
    assert.deepEqual(outcomes(end), ["timeout", 200]);
  });

  it("that are gone: disabled at once, and what else is due to them is dead", async () => {
    await using receiver = await Receiver.http((response) => response.writeHead(410).end());
    const { id: endpoint } = await endpointAt(urlOf(receiver), { events: ["job.succeeded"] });
    const first = await ends(system.url, (await tell(endpoint)).id, "dead");
    assert.deepEqual([first.reason, outcomes(first)], ["gone", [410]]);
    const place = `${system.url}/v1/webhook-endpoints/${endpoint}`;
    const { enabled, disabled_reason: reason } = await api(place, 200);
    assert.deepEqual([enabled, reason], [false, "gone"]);
    const ping = await api(`${place}/ping`, 409, { method: "POST" });
    assert.equal(ping["code"], "endpoint_disabled");
    await api(`${system.url}/v1/deliveries/${first.id}/redeliver`, 202, { method: "POST" });
    await until("it is dead for another reason", async () => {
      const { status, reason: why } = await delivery(system.url, first.id);
      return status === "dead" && why === "endpoint_disabled";
    });
    const jobs = `${system.url}/v1/models/faq-javascript/jobs`;
    const webhook = { endpoint };
    assert.equal((await postJson(jobs, { ...question, webhook })).body.code, "invalid_input");
    const enabledAgain = await api(place, 200, { method: "PATCH", body: { enabled: true } });
    assert.deepEqual([enabledAgain["enabled"], enabledAgain["failures"]], [true, 0]);
    assert.equal(receiver.received.length, 1);
  });

  it("that only fail for days: disabled, and their owner is told why", async () => {
    await using receiver = await Receiver.http((response) => response.writeHead(500).end());
    // 5 days are 8.64 s here.
    const schedule = Array.from({ length: 12 }, () => 43_200_000);
    const { id: endpoint } = await endpointAt(urlOf(receiver), { schedule_ms: [0, ...schedule] });
    await ends(system.url, (await tell(endpoint)).id, "dead");
    const place = `${system.url}/v1/webhook-endpoints/${endpoint}`;
    const { disabled_reason: reason, failing_since: since } = await api(place, 200);
    assert.equal(reason, "failing");
    assert.ok(Date.parse(String(since)) < Date.now());
  });

  it("that ask for time get it", async () => {
    const answers = [429, 503, 200];
    await using receiver = await Receiver.http((response) => {
      // A day, which is 1.7 s here; without it the second attempt would be due at once.
      const asked = { "retry-after": "86400" };
      response.writeHead(answers[receiver.received.length - 1] ?? 200, asked).end();
    });
    const { id: endpoint } = await endpointAt(urlOf(receiver), { schedule_ms: [0, 0, 0] });
    const end = await ends(system.url, (await tell(endpoint)).id, "delivered");
    assert.deepEqual(outcomes(end), answers);
    const [first = 0, second = 0, third = 0] = end.log.map(({ at }) => Date.parse(at));
    assert.ok(second - first >= 86_400_000 * SCALE && third - second >= 86_400_000 * SCALE);
  });

  it("that redirect or close are not followed, and tried again", async () => {
    await using elsewhere = await Receiver.http((response) => response.end());
    await using receiver = await Receiver.http((response) => {
      if (receiver.received.length > 1) return void response.destroy();
      response.writeHead(307, { location: urlOf(elsewhere) }).end();
    });
    const { id: endpoint } = await endpointAt(urlOf(receiver), { schedule_ms: [0, 0] });
    const end = await ends(system.url, (await tell(endpoint)).id, "dead");
    assert.deepEqual(outcomes(end), [307, "reset"]);
    assert.equal(elsewhere.connections, 0);
  });

  it("do not delay the others", async () => {
    const held: (() => void)[] = [];
    await using slow = await Receiver.http((response) => void held.push(() => response.end()));
    await using quick = await Receiver.http((response) => response.end());
    const { id: slowOne } = await endpointAt(urlOf(slow));
    const { id: quickOne } = await endpointAt(urlOf(quick));
    const ping = async (endpoint: string) =>
      api(`${system.url}/v1/webhook-endpoints/${endpoint}/ping`, 202, { method: "POST" });
    await Promise.all(Array.from({ length: 40 }, async () => ping(slowOne)));
    await until("the slow one is saturated", () => slow.received.length >= 4);
    await Promise.all(Array.from({ length: 20 }, async () => ping(quickOne)));
    await until("the quick one has all", () => quick.received.length === 20);
    const list = `${system.url}/v1/deliveries?endpoint=${slowOne}&status=delivered`;
    assert.deepEqual((await api(list, 200))["data"], [], "the slow one has got nothing meanwhile");
  });

  it("whose courier is killed between the request and its record get it again, the same", async () => {
    const answers: (() => void)[] = [];
    await using receiver = await Receiver.http(
      (response) => void answers.push(() => response.end()),
    );
    const { id: endpoint, secret } = await endpointAt(urlOf(receiver));
    const { id } = await tell(endpoint);
    await until("it came", () => receiver.received.length === 1);
    assert.equal(await courier?.end("SIGKILL"), "SIGKILL");
    answers[0]?.();
    assert.equal((await delivery(system.url, id)).attempts, 0, "nobody wrote it down");
    courier = await system.courier();
    await until("it came again", () => receiver.received.length === 2);
    answers[1]?.();
    await ends(system.url, id, "delivered");
    const [first, second] = receiver.received;
    assert.ok(first !== undefined && second !== undefined);
    verifiedEvent(second, secret);
    assert.deepEqual(
      [messageOf(second).id, second.body],
      [messageOf(first).id, first.body],
      "one webhook-id, one body",
    );
  });

  it("are finished or handed back by a courier that is told to stop", async () => {
    await using receiver = await Receiver.http((response) => response.end());
    const { id: endpoint } = await endpointAt(urlOf(receiver));
    const pings = Array.from({ length: 30 }, async () =>
      api(`${system.url}/v1/webhook-endpoints/${endpoint}/ping`, 202, { method: "POST" }),
    );
    await until("some are under way", () => receiver.received.length > 0);
    assert.equal(await courier?.end("SIGTERM"), 0);
    courier = await system.courier();
    for (const { id } of await Promise.all(pings)) await ends(system.url, String(id), "delivered");
    const ids = receiver.received.map((received) => messageOf(received).id);
    assert.equal(new Set(ids).size, ids.length, "none twice");
  });
});
