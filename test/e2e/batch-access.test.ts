import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { BatchClient, batchOf, refusalOf } from "../support/batch-client.ts";
import { request } from "../support/client.ts";
import { issueKey } from "../support/keys.ts";
import { batchModels } from "../support/models.ts";
import { System } from "../support/system.ts";

const listSchema = z.object({ data: z.array(z.unknown()) });

describe("access to batches", () => {
  const models = batchModels();
  let system: System & { url: string };
  let batches: BatchClient;
  before(async () => {
    system = await System.start({ MODELS_DIR: models, WORKER_SLOTS: "1" });
    batches = new BatchClient(system.url);
  });
  after(async () => {
    await system[Symbol.asyncDispose]();
    rmSync(models, { recursive: true });
  });

  it("is their tenant's alone, and theirs who have the scope, model and priority", async () => {
    const redis = system.redis.client();
    const items = [{ input: { what: "fine" } }];
    const { id } = await batchOf(
      await batches.json({ model: "moody", items }, { prefer: "wait=60" }),
      200,
    );
    const as = async (more: Parameters<typeof issueKey>[1]): Promise<BatchClient> => {
      const { tokens } = await issueKey(redis, more);
      return new BatchClient(system.url, { authorization: `Bearer ${tokens.primary}` });
    };
    const stranger = await as({ tenant: "other" });
    const paths = ["", "/results", "/events"].map((path) => ["GET", path] as const);
    const moves = ["/items?from=0", "/close", "/cancel", "/retry"].map(
      (path) => ["POST", path] as const,
    );
    for (const [method, path] of [...paths, ...moves, ["DELETE", ""] as const]) {
      await refusalOf(await stranger.send(method, `/${id}${path}`), "not_found");
      await refusalOf(await batches.send(method, `/bat_none${path}`), "not_found");
    }
    const { body } = await request(`${system.url}/v1/models/moody/jobs`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ input: { what: "fine" } }),
    });
    await refusalOf(await batches.send("GET", `/${body.id}`), "not_found");
    assert.deepEqual(listSchema.parse(await (await stranger.send("GET")).json()).data, []);
    const jobsOnly = await as({ scopes: ["jobs:write", "jobs:read"] });
    await refusalOf(await jobsOnly.json({ model: "moody", items }), "forbidden");
    await refusalOf(await jobsOnly.send("GET", `/${id}`), "forbidden");
    const wines = await as({ scopes: ["batches:*"], models: ["wine"] });
    await refusalOf(await wines.json({ model: "moody", items }), "forbidden");
    const bulk = await as({ scopes: ["batches:*"], ceiling: "bulk" });
    const high = { model: "moody", items, priority: "interactive" };
    await refusalOf(await bulk.json(high), "forbidden");
    assert.equal(
      (await batchOf(await bulk.json({ model: "moody", items }))).id.slice(0, 4),
      "bat_",
    );
  });
});
