import assert from "node:assert/strict";
import { cpSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { operationsWith } from "../../gateway/rooms.ts";
import { PHOTO, repositoryFile } from "../support/client.ts";
import { DescribedGateway, type Ask } from "../support/described-gateway.ts";
import { FOLDERS, writeVersion } from "../support/hub-folders.ts";
import { System } from "../support/system.ts";

describe("openapi.json, of dialects,", () => {
  let system: System & { url: string };
  let gateway: DescribedGateway;
  before(async () => {
    const models = mkdtempSync(join(tmpdir(), "scoreline-dialects-"));
    for (const name of ["wine/1", "faq-javascript/1", "image-classification/2"]) {
      cpSync(join("models", name), join(models, name), { recursive: true });
    }
    await writeVersion(join(FOLDERS, "embedding"), models);
    system = await System.start({ MODELS_DIR: models, SCORE_MODEL: "faq-javascript" });
    system.removes(models);
    gateway = await DescribedGateway.at(system.url);
  });
  after(async () => system[Symbol.asyncDispose]());

  const ask: DescribedGateway["ask"] = async (...given) => gateway.ask(...given);

  it("describes what services of Azure ML answer, and how they refuse", async () => {
    const asked = json({ input: "how do i clone an array" });
    await ask("getService", 200, ["wine"]);
    await ask("getServiceSwagger", 200, ["wine"]);
    await ask("scoreService", 200, ["faq-javascript"], asked);
    await ask("scoreVariant", 200, ["wine", "1"], json({ data: [wine()] }));
    const photo = new Uint8Array(repositoryFile(PHOTO));
    const whole = { body: photo, headers: { "content-type": "image/jpeg" }, query: "?top_k=1" };
    await ask("scoreService", 200, ["image-classification"], whole);
    await ask("scoreOlder", 200, [], asked);
    await ask("getOlderVersion", 200);
    await ask("getServiceAtScore", 200, ["wine"]);
    for (const route of ["getService", "getServiceSwagger"])
      await ask(route, "not_found", ["nope"]);
    await ask("scoreService", "not_found", ["nope"], asked);
    await ask("scoreVariant", "not_found", ["wine", "7"], asked);
    await ask("scoreService", "unknown_field", ["wine"], json({ input: wine(), more: 1 }));
    await ask("scoreOlder", "invalid_input", [], json({ input: "" }));
    const other = { body: "x", headers: { "content-type": "text/css" } };
    await ask("scoreOlder", "unsupported_media_type", [], other);
    const notAnImage = { body: "x", headers: { "content-type": "image/png" } };
    const ending = await ask("scoreService", "invalid_input", ["image-classification"], notAnImage);
    assert.match(ending.headers.get("scoreline-job") ?? "", /^job_/);
  });

  it("describes what OpenAI's clients are answered, and how they are refused", async () => {
    const asked = json({ model: "embedding", input: ["hello", "world"], dimensions: 4 });
    await ask("createEmbeddings", 200, [], asked);
    await ask("createEmbeddings", "not_found", [], json({ model: "nope", input: "hello" }));
    await ask("createEmbeddings", "invalid_input", [], json({ model: "wine", input: "hello" }));
    const unknown = json({ model: "embedding", input: "hello", more: 1 });
    await ask("createEmbeddings", "unknown_field", [], unknown);
    await ask("createEmbeddings", "invalid_json", [], { ...asked, body: "{" });
    await ask("createEmbeddings", "unsupported_media_type", [], { body: "hello" });
    await ask("listOpenaiModels", 200);
    await ask("getOpenaiModel", 200, ["embedding"]);
    await ask("getOpenaiModel", "not_found", ["wine"]);
  });

  it("has no operation that was not answered with success here", () => {
    const own = new Set(operationsWith([]).map(({ handler }) => handler.name));
    const others = gateway.api.operations.map(({ id }) => id).filter((id) => !own.has(id));
    assert.deepEqual([...gateway.succeeded].toSorted(), others.toSorted());
  });
});

function json(body: unknown): Ask {
  return { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
}

const goldenSchema = z.object({ cases: z.array(z.object({ input: z.unknown() })) });

/** The first record of the wine model's goldens. */
function wine(): unknown {
  const golden: unknown = JSON.parse(repositoryFile("models/wine/1/golden.json").toString());
  return goldenSchema.parse(golden).cases[0]?.input;
}
