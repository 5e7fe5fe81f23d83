import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { keys } from "../support/redis-keys.ts";
import { BatchClient, batchOf, refusalOf } from "../support/batch-client.ts";
import { wineLine } from "../support/bulk/wine.ts";
import { keyHeader } from "../support/client.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";

const HEAD = '{"batch":{"model":"wine"}}\n';
const listSchema = z.object({ data: z.array(z.looseObject({ id: z.string() })) });

describe("an upload that does not come to its end", () => {
  let system: System & { url: string };
  let batches: BatchClient;
  before(async () => {
    system = await System.start();
    batches = new BatchClient(system.url);
  });
  after(async () => system[Symbol.asyncDispose]());

  /** Begins an upload that never ends. */
  const begin = async (gateway: string, lines: string): Promise<Socket> => {
    const { hostname, port } = new URL(gateway);
    const socket = connect(Number(port), hostname);
    await once(socket, "connect");
    const head = [
      "POST /v1/batches HTTP/1.1",
      "Host: localhost",
      `Authorization: ${keyHeader(gateway)["authorization"]}`,
      "Content-Type: application/x-ndjson",
      "Content-Length: 100000000",
    ];
    socket.write(`${head.join("\r\n")}\r\n\r\n${lines}`);
    socket.on("error", () => {});
    return socket;
  };
  const open = async (): Promise<readonly { id: string }[]> => {
    const response = await batches.send("GET", "?status=validating");
    return listSchema.parse(await response.json()).data;
  };
  const some = (count: number): string =>
    Array.from({ length: count }, (_, i) => wineLine(i)).join("");

  it("and had no key is taken back, and is no fault of the gateway's", async () => {
    const socket = await begin(system.url, HEAD + some(100));
    await until("it has begun", async () => (await open()).length === 1);
    socket.destroy();
    await until("nothing is open", async () => (await open()).length === 0);
    const redis = system.redis.client();
    const counts = async () =>
      redis.mget(keys.tenant("default:batches"), keys.tenant("default:bytes"));
    await until("all is released", async () => (await counts()).every((count) => count === "0"));
    const log = system.roles.find(({ name }) => name === "gateway")?.log ?? "";
    assert.doesNotMatch(log, /"status":5\d\d/);
  });

  it("does not keep a gateway that is told to stop", async () => {
    const { role, url } = await system.gateway({ env: { GRACE_MS: "20000" } });
    const socket = await begin(url, HEAD + some(10));
    await until("it has begun", async () => (await open()).length === 1);
    const closed = once(socket, "close");
    assert.equal(await role.end("SIGTERM"), 0);
    await closed;
    assert.match(role.log, /stopped/);
  });

  it("is not retried as if it were whole", async () => {
    const { id } = await batchOf(await batches.json({ model: "wine" }), 202);
    const items = { headers: { "content-type": "application/x-ndjson" }, body: some(3) };
    await batchOf(await batches.send("POST", `/${id}/items?from=0`, items), 200);
    await batchOf(await batches.send("POST", `/${id}/cancel`), 202);
    await batches.ended(id);
    const problem = await refusalOf(
      await batches.send("POST", `/${id}/retry`),
      "batch_not_retryable",
    );
    assert.match(problem.detail, /never closed/);
  });

  it("has succeeded in nothing when it had no items", async () => {
    const { id } = await batchOf(await batches.json({ model: "wine" }), 202);
    await batchOf(await batches.send("POST", `/${id}/cancel`), 202);
    assert.equal((await batches.ended(id)).outcome, "none_succeeded");
  });

  it("is refused at once for a model whose file is not there", async () => {
    const response = await batches.json({
      model: "resnet152",
      items: [{ input: { image: "AA" } }],
    });
    await refusalOf(response, "model_unavailable");
  });

  it("may have null for no custom id, and no half of a character in one", async () => {
    const row = z.looseObject({ input: z.unknown() }).parse(JSON.parse(wineLine(0)));
    const item = { ...row, custom_id: null };
    const lines = await batches.lines([JSON.parse(HEAD), item, item], { prefer: "wait=30" });
    assert.equal((await batchOf(lines, 200)).outcome, "all_succeeded");
    const odd = `{"custom_id":"\\ud800","input":${JSON.stringify(row.input)}}`;
    await refusalOf(await batches.lines([JSON.parse(HEAD), odd]), "invalid_input");
  });

  it("keeps of a bad item its first faults only", async () => {
    const lines = [JSON.parse(HEAD), { input: {} }];
    const response = await batches.lines(lines, { prefer: "wait=30, handling=lenient" });
    const { results = [] } = await batchOf(response, 200);
    const [bad] = results;
    assert.ok(JSON.stringify(bad).length < 1000, JSON.stringify(bad));
    assert.match(bad?.error?.detail ?? "", /and 10 more/);
  });
});
