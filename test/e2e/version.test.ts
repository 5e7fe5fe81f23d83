import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import { versionSchema } from "../../gateway/service/version.ts";
import { infoField } from "../../shared/redis/info.ts";
import { ask, repositoryFile } from "../support/client.ts";
import { System } from "../support/system.ts";

const lockfile = z.object({
  version: z.string(),
  packages: z.looseObject({ "node_modules/onnxruntime-node": z.object({ version: z.string() }) }),
});
const { version, packages } = lockfile.parse(
  JSON.parse(repositoryFile("package-lock.json").toString()),
);

describe("GET /v1/version", () => {
  it("tells the versions of what runs, and the build where it is known", async () => {
    await using system = await System.bare();
    const redis = infoField(await system.redis.client().info("server"), "redis_version");
    const expected = {
      object: "version",
      version,
      node: process.versions.node,
      redis,
      onnxruntime: packages["node_modules/onnxruntime-node"].version,
    };
    const env = { SCORELINE_BUILD: "d6a98e0" };
    const [known, other] = await Promise.all([system.gateway({ env }), system.gateway()]);
    assert.deepEqual(await versionOf(known.url), { ...expected, build: "d6a98e0" });
    assert.match(known.role.log, /"build":"d6a98e0"/);
    assert.deepEqual(await versionOf(other.url), { ...expected, build: null });
  });

  it("says no version of a Redis that does not answer, and the rest all the same", async () => {
    await using system = await System.bare();
    const { url } = await system.gateway({ env: { AUTH: "off" } });
    const { redis: _, ...before } = await versionOf(url);
    await system.redis.kill();
    assert.deepEqual(await versionOf(url), { ...before, redis: null });
  });
});

async function versionOf(url: string): Promise<z.infer<typeof versionSchema>> {
  const answer = await ask(`${url}/v1/version`);
  return versionSchema.parse(await answer.json());
}
