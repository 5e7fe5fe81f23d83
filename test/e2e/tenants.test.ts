import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { answerSchema, repositoryFile } from "../support/client.ts";
import { beginningOf, ENDLESS } from "../support/endless.ts";
import { issueKey } from "../support/keys.ts";
import { System } from "../support/system.ts";

type Tenant = "ada" | "bob";

const OTHER: Readonly<Record<Tenant, Tenant>> = { ada: "bob", bob: "ada" };

/** A word of one tenant that no answer to the other may hold. */
const canary = (tenant: Tenant): string => `canary-of-${tenant}`;

const manifestSchema = z.object({ inputs: z.array(z.object({ name: z.string() })) });
const descriptionSchema = z.object({
  paths: z.record(z.string(), z.record(z.string(), z.looseObject({ operationId: z.string() }))),
});

/** Input, metadata and output hold the canary: the model gives back what it is given. */
function echoed(tenant: Tenant): object {
  const path = "test/fixtures/models/all-dtypes/1/manifest.json";
  const { inputs } = manifestSchema.parse(JSON.parse(repositoryFile(path).toString()));
  const rows = { string: [canary(tenant), "", ""], bool: [true, true, true] };
  const zeros = inputs.map(({ name }) => [name, [0, 0, 0]]);
  return { input: { ...Object.fromEntries(zeros), ...rows }, metadata: { who: canary(tenant) } };
}

/** Here the error holds it. */
function refused(tenant: Tenant): object {
  return { input: { grades: [canary(tenant), "fair"] }, metadata: { who: canary(tenant) } };
}

describe("a tenant", () => {
  let system: System & { url: string };
  const tokens = new Map<Tenant, string>();
  const jobs = new Map<Tenant, readonly string[]>();

  const send = async (tenant: Tenant, path: string, method: string, body?: object) => {
    const response = await fetch(`${system.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${tokens.get(tenant)}`,
        "content-type": "application/json",
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = ENDLESS.has(path) ? await beginningOf(response) : await response.text();
    const text = `${JSON.stringify([...response.headers])}\n${answer}`;
    return { status: response.status, text };
  };
  const create = async (tenant: Tenant, path: string, body: object): Promise<string> => {
    const { text } = await send(tenant, `/v1/models/${path}`, "POST", body);
    const { id } = answerSchema.parse(JSON.parse(text.slice(text.indexOf("\n"))));
    assert.ok(id !== undefined, text);
    return id;
  };

  before(async () => {
    const bare = await System.bare({ MODELS_DIR: "test/fixtures/models" });
    const { url } = await bare.gateway();
    system = Object.assign(bare, { url });
    const worker = await bare.worker();
    const redis = bare.redis.client();
    for (const tenant of ["ada", "bob"] as const) {
      const scopes = ["jobs:write", "jobs:read", "jobs:cancel", "batches:*", "webhooks:*"] as const;
      tokens.set(tenant, (await issueKey(redis, { tenant, scopes })).tokens.primary);
      const wait = "jobs?wait=60&on_failure=job";
      jobs.set(tenant, [
        await create(tenant, `all-dtypes/${wait}`, echoed(tenant)),
        await create(tenant, `script-example/${wait}`, refused(tenant)),
      ]);
    }
    await worker.end("SIGTERM");
    for (const [tenant, ended] of jobs) {
      // Without a worker it stays queued.
      jobs.set(tenant, [...ended, await create(tenant, "all-dtypes/jobs", echoed(tenant))]);
    }
  });
  after(async () => system[Symbol.asyncDispose]());

  const own = async (tenant: Tenant) => {
    const ids = jobs.get(tenant) ?? [];
    const answers = await Promise.all(ids.map(async (id) => send(tenant, `/v1/jobs/${id}`, "GET")));
    for (const { status, text } of answers) {
      assert.equal(status, 200);
      assert.ok(text.includes(canary(tenant)), "the canary is there to be seen");
    }
    // Places in the queue, and when a record goes, depend on when it is asked.
    return answers.map(({ text }) => {
      const job = answerSchema.parse(JSON.parse(text.slice(text.indexOf("\n"))));
      const { id, status, attempt, output, error } = job;
      return { id, status, attempt, output, error, metadata: job["metadata"] };
    });
  };

  for (const tenant of ["ada", "bob"] as const) {
    it(`(${tenant}) neither sees nor changes the other's jobs, by any operation`, async () => {
      const other = OTHER[tenant];
      const before1 = await own(other);
      const statuses = before1.map(({ status }) => status);
      assert.deepEqual(statuses, ["succeeded", "failed", "queued"]);
      const response = await fetch(`${system.url}/openapi.json`);
      const { paths } = descriptionSchema.parse(await response.json());
      const seen = new Set<string>();
      for (const [path, methods] of Object.entries(paths)) {
        for (const method of Object.keys(methods)) {
          for (const id of jobs.get(other) ?? []) {
            const place = path.replace("{model}", "all-dtypes").replaceAll(/\{\w+\}/g, id);
            const body = method === "get" ? undefined : echoed(tenant);
            const { status, text } = await send(tenant, place, method.toUpperCase(), body);
            assert.ok(!text.includes(canary(other)), `${method} ${path}: ${text}`);
            if (path.startsWith("/v1/jobs/{")) {
              seen.add(`${method} ${path}`);
              assert.equal(status, 404, `${method} ${path}`);
            }
          }
        }
      }
      assert.ok(seen.size >= 6, [...seen].join());
      assert.deepEqual(await own(other), before1);
    });
  }

  it("gets a job of its own for an Idempotency-Key that another has used", async () => {
    const answers = await Promise.all(
      (["ada", "bob"] as const).map(async (tenant) => {
        const response = await fetch(`${system.url}/v1/models/all-dtypes/jobs`, {
          method: "POST",
          headers: {
            authorization: `Bearer ${tokens.get(tenant)}`,
            "content-type": "application/json",
            "idempotency-key": "the-same",
          },
          body: JSON.stringify(echoed(tenant)),
        });
        assert.equal(response.status, 202);
        assert.equal(response.headers.get("idempotent-replayed"), null);
        return answerSchema.parse(await response.json()).id;
      }),
    );
    assert.equal(new Set(answers).size, 2);
  });

  it("shares its jobs among its keys", async () => {
    const second = await issueKey(system.redis.client(), { tenant: "ada", scopes: ["jobs:read"] });
    const [id] = jobs.get("ada") ?? [];
    const headers = { authorization: `Bearer ${second.tokens.primary}` };
    const response = await fetch(`${system.url}/v1/jobs/${id}`, { headers });
    assert.equal(response.status, 200);
    assert.ok((await response.text()).includes(canary("ada")));
  });

  it("is not what an admin of another is", async () => {
    for (const id of [...(jobs.get("ada") ?? []), ...(jobs.get("bob") ?? [])]) {
      const headers = { authorization: `Bearer ${system.key}` };
      const response = await fetch(`${system.url}/v1/jobs/${id}`, { headers });
      assert.equal(response.status, 404);
    }
  });
});
