import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { modelListSchema, modelSchema } from "../../gateway/models/model-schema.ts";
import { answerSchema, ask } from "../support/client.ts";
import { System } from "../support/system.ts";

const TAGS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "asks@1": { team: "web", stage: "live" },
  "asks@2": { team: "web", stage: "trial" },
  "reads@1": { team: "shop", formula: "a=b" },
  "sees@1": {},
};
const PROPERTIES = { trained: "2026-11-02" };

describe("models by their tags", () => {
  const models = mkdtempSync(join(tmpdir(), "scoreline-tags-"));
  let system: System;
  let url = "";
  before(async () => {
    for (const [id, tags] of Object.entries(TAGS)) place(id, tags);
    system = await System.bare({ MODELS_DIR: models });
    ({ url } = await system.gateway());
  });
  after(async () => {
    await system[Symbol.asyncDispose]();
    rmSync(models, { recursive: true });
  });

  function place(id: string, tags: object): void {
    const [name = "", version = ""] = id.split("@");
    const folder = join(models, name, version);
    cpSync("test/fixtures/models/slow-text/1", folder, { recursive: true });
    const path = join(folder, "manifest.json");
    const manifest = z.looseObject({}).parse(JSON.parse(readFileSync(path, "utf8")));
    const labels = { tags, properties: PROPERTIES };
    writeFileSync(path, JSON.stringify({ ...manifest, name, version: Number(version), ...labels }));
  }

  async function found(query: string): Promise<readonly string[]> {
    const response = await ask(`${url}/v1/models${query}`);
    assert.equal(response.status, 200);
    const { data } = modelListSchema.parse(await response.json());
    return data.flatMap(({ versions }) => versions.map(({ id }) => id));
  }

  for (const [query, ids] of [
    ["", Object.keys(TAGS)],
    ["?tag=team", ["asks@1", "asks@2", "reads@1"]],
    ["?tag=team=web", ["asks@1", "asks@2"]],
    ["?tag=team=web&tag=stage=live", ["asks@1"]],
    ["?tag=formula=a%3Db", ["reads@1"]],
    ["?tag=formula=a", []],
    ["?tag=team=", []],
    ["?tag=constructor", []],
  ] as const) {
    it(`finds ${ids.length} for "${query}"`, async () => {
      assert.deepEqual(await found(query), ids);
    });
  }

  it("shows tags and properties in the list, and of one version", async () => {
    const { data } = modelListSchema.parse(await (await ask(`${url}/v1/models`)).json());
    const listed = data.flatMap(({ versions }) => versions);
    assert.deepEqual(Object.fromEntries(listed.map(({ id, tags }) => [id, tags])), TAGS);
    const one = modelSchema.parse(await (await ask(`${url}/v1/models/asks@2`)).json());
    assert.deepEqual([one.tags, one.properties], [TAGS["asks@2"], PROPERTIES]);
  });

  it("refuses a filter that it does not know, or that is empty", async () => {
    for (const [query, code, detail] of [
      ["?tags=team", "unknown_field", "?tags= is not known"],
      ["?tag=", "invalid_input", "?tag= must have at least 1 character"],
    ]) {
      const response = await ask(`${url}/v1/models${query}`);
      const problem = answerSchema.parse(await response.json());
      assert.deepEqual([problem.code, problem["detail"]], [code, detail]);
    }
  });
});
