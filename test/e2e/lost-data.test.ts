import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { keys } from "../support/redis-keys.ts";
import { ask, postJson, request, useKey } from "../support/client.ts";
import { issueAdminKey } from "../support/keys.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";

const readinessSchema = z.looseObject({
  checks: z.looseObject({ data: z.boolean() }),
  reason: z.string().optional(),
});

describe("when Redis lost its data", () => {
  let system: System;
  let url = "";
  before(async () => {
    system = await System.bare({ MODELS_DIR: "test/fixtures/models" });
    ({ url } = await system.gateway());
  });
  after(async () => system[Symbol.asyncDispose]());

  const create = async (): Promise<string> => {
    const { status, body } = await postJson(
      `${url}/v1/models/lookup/jobs`,
      { input: { ids: [1, 2] } },
      "",
    );
    assert.equal(status, 202);
    return body.id ?? "";
  };
  const look = async (at: string, path: string): Promise<[number, string | undefined]> => {
    const { status, body } = await request(`${at}${path}`);
    return [status, body.code];
  };
  const isReady = async (): Promise<boolean> => (await fetch(`${url}/readyz`)).status === 200;
  const newKey = async (): Promise<string> => issueAdminKey(system.redis.client());

  /** What an operator sees and does. */
  const comesBack = async (): Promise<void> => {
    await until("it says that nobody gets in", async () => {
      const response = await fetch(`${url}/readyz`);
      const { checks, reason } = readinessSchema.parse(await response.json());
      return response.status === 503 && !checks.data && /lost its data/.test(reason ?? "");
    });
    await until(
      "the old key is forgotten",
      async () => (await ask(`${url}/v1/jobs`)).status === 401,
    );
    useKey(url, await newKey());
    await until("it is ready", isReady);
  };

  it("a gateway says so until there is a key again, and that its jobs are lost", async () => {
    const id = await create();
    const batch = await postJson(`${url}/v1/batches`, { model: "lookup" }, "");
    assert.equal(batch.status, 202);
    await system.redis.client().flushall();
    await comesBack();
    assert.deepEqual(await look(url, `/v1/jobs/${id}`), [410, "lost"]);
    assert.deepEqual(await look(url, `/v1/batches/${batch.body.id}`), [410, "lost"]);
    assert.deepEqual(await look(url, `/v1/jobs/${await create()}`), [200, undefined]);
  });

  it("gateways that start afterwards know the lost ids as well", async () => {
    const id = await create();
    await system.redis.client().flushall();
    await comesBack();
    const other = await system.gateway();
    useKey(other.url, await newKey());
    assert.deepEqual(await look(other.url, `/v1/jobs/${id}`), [410, "lost"]);
  });

  it("also by a restart with an empty folder", async () => {
    const id = await create();
    await system.redis.kill();
    rmSync(join(system.redis.folder, "appendonlydir"), { recursive: true });
    await system.redis.launch();
    await comesBack();
    assert.deepEqual(await look(url, `/v1/jobs/${id}`), [410, "lost"]);
  });

  it("a secret of ids that others made is taken up, and ids by the old one stay known", async () => {
    const id = await create();
    await system.redis.client().set(keys.idSecret, randomBytes(32));
    const token = await newKey();
    await until("keys by the new secret get in", async () => {
      useKey(url, token);
      return (await look(url, `/v1/jobs/${id}`))[0] === 200;
    });
    assert.equal(await isReady(), true);
    assert.deepEqual(await look(url, `/v1/jobs/${await create()}`), [200, undefined]);
  });

  it("a gateway that wants no keys stays ready", async () => {
    const open = await system.gateway({ env: { AUTH: "off" } });
    const { body } = await postJson(
      `${open.url}/v1/models/lookup/jobs`,
      { input: { ids: [1, 2] } },
      "",
    );
    await system.redis.client().flushall();
    await until(
      "it knows",
      async () => (await look(open.url, `/v1/jobs/${body.id}`))[1] === "lost",
    );
    assert.equal((await fetch(`${open.url}/readyz`)).status, 200);
  });
});
