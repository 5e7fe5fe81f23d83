import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { BatchClient } from "../support/batch-client.ts";
import { answerSchema, ask } from "../support/client.ts";
import { Receiver } from "../support/receiver.ts";
import { freePort } from "../support/redis.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";
import { RECEIVERS_HERE, urlOf } from "../support/webhooks.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SENT = { "x-request-id": "order-77", traceparent: `00-${TRACE}-00f067aa0ba902b7-01` };
/** Goes on with it, and comes back to nobody. */
const STATE = { tracestate: "vendor=a1, other@system=b 2" };
const QUESTION = { input: { text: "how do i clone an array" } };

describe("what a client sends to find its request again", () => {
  let system: System & { url: string };
  let receiver: Receiver;
  let health = "";
  before(async () => {
    const port = await freePort();
    health = `http://127.0.0.1:${port}/healthz`;
    system = Object.assign(await System.bare({ ...RECEIVERS_HERE, LOG_LEVEL: "debug" }), {
      url: "",
    });
    const [{ url }] = await Promise.all([
      system.gateway(),
      system.worker({ env: { WORKER_MODELS: "faq-javascript" } }),
      system.courier({ env: { HEALTH_PORT: String(port) } }),
    ]);
    system.url = url;
    receiver = await Receiver.http((response) => response.writeHead(200).end());
  });
  after(async () => {
    await receiver[Symbol.asyncDispose]();
    await system[Symbol.asyncDispose]();
  });
  beforeEach(() => void receiver.received.splice(0));

  const create = async (headers: Record<string, string>, body: object): Promise<Response> => {
    const jobs = `${system.url}/v1/models/faq-javascript/jobs`;
    const sent = { "content-type": "application/json", prefer: "wait=60", ...headers };
    return ask(jobs, { method: "POST", headers: sent, body: JSON.stringify(body) });
  };
  const came = async (count: number): Promise<void> =>
    until(`${count} messages came`, () => receiver.received.length >= count);
  const traces = (headers: Readonly<Record<string, unknown>>): readonly unknown[] =>
    Object.keys(SENT).map((name) => headers[name]);
  /** Lines of a role that are about something. */
  const lines = (role: string, message: string): readonly string[] =>
    (system.roles.find(({ name }) => name === role)?.log ?? "")
      .split("\n")
      .filter((line) => line.includes(`"msg":"${message}"`));

  it("comes back with every answer, also of a role without an API, and of a refusal", async () => {
    for (const url of [`${system.url}/v1/models`, `${system.url}/nowhere`, health]) {
      const { headers } = await ask(url, { headers: SENT });
      assert.deepEqual(traces(Object.fromEntries(headers)), Object.values(SENT), url);
    }
  });

  it("is in a line of each role, and goes out with the webhook", async () => {
    const webhook = { url: urlOf(receiver) };
    const response = await create({ ...SENT, ...STATE }, { ...QUESTION, webhook });
    const { id = "" } = answerSchema.parse(await response.json());
    assert.equal(response.status, 200);
    assert.deepEqual(traces(Object.fromEntries(response.headers)), Object.values(SENT));
    await came(1);
    assert.deepEqual(traces(receiver.received[0]?.headers ?? {}), Object.values(SENT));
    assert.equal(receiver.received[0]?.headers["tracestate"], STATE.tracestate);
    assert.equal(response.headers.get("tracestate"), null);
    const fields = `"requestId":"${SENT["x-request-id"]}","traceId":"${TRACE}"`;
    const isTold = (role: string, message: string, word: string) => (): boolean =>
      lines(role, message).some((line) => line.includes(fields) && line.includes(word));
    await until("the gateway says so", isTold("gateway", "request", "/v1/models/faq-javascript"));
    await until("the worker says so", isTold("worker", "batch running", id));
    await until("the courier says so", isTold("courier", "webhook delivered", id.slice(4)));
  });

  it("goes out with the webhook of a batch", async () => {
    const webhook = { url: urlOf(receiver), events: ["batch.completed"] };
    const batch = { model: "faq-javascript", items: [QUESTION], webhook };
    const made = await new BatchClient(system.url).json(batch, { ...SENT, ...STATE });
    assert.equal(made.status, 202);
    await came(1);
    assert.deepEqual(traces(receiver.received[0]?.headers ?? {}), Object.values(SENT));
    assert.equal(receiver.received[0]?.headers["tracestate"], STATE.tracestate);
  });

  it("is made where it sends nothing, or nothing valid, and then no webhook has it", async () => {
    const webhook = { url: urlOf(receiver) };
    const wrong = { "x-request-id": "an id with blanks", traceparent: "00-none", ...STATE };
    for (const headers of [{}, wrong]) {
      const response = await create(headers, { ...QUESTION, webhook });
      assert.equal(response.status, 200);
      assert.match(response.headers.get("x-request-id") ?? "", /^[0-9a-f]{32}$/);
      assert.match(response.headers.get("traceparent") ?? "", /^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    }
    await came(2);
    for (const { headers } of receiver.received)
      assert.deepEqual([...traces(headers), headers["tracestate"]], Array(3).fill(undefined));
  });
});
