import assert from "node:assert/strict";
import { it } from "node:test";
import { PHOTO, postJson, repositoryFile, type Answer } from "../support/client.ts";
import { System } from "../support/system.ts";

it("models that do not fit into a runner together take turns in it", async () => {
  await using system = await System.bare({ MODELS_DIR: "models" });
  const env = { RUNNER_MEMORY_MB: "1", WORKER_SLOTS: "1" };
  const [{ url }, worker] = await Promise.all([system.gateway(), system.worker({ env })]);
  const score = async (model: string, input: object): Promise<Answer> => {
    const { status, body } = await postJson(`${url}/v1/models/${model}/jobs`, { input });
    assert.equal(status, 200, body.detail);
    return body;
  };
  const question = { text: "how do i clone an array" };
  const photo = { image: repositoryFile(PHOTO).toString("base64") };
  for (const _ of [1, 2]) {
    await score("faq-javascript", question);
    await score("image-classification@2", photo);
  }
  await Promise.all(
    Array.from({ length: 8 }, async (_, i) =>
      i % 2 === 0 ? score("faq-javascript", question) : score("image-classification@2", photo),
    ),
  );
  assert.match(worker.log, /"sessions unloaded to make room"/);
  assert.match(worker.log, /"model needs more than RUNNER_MEMORY_MB"/);
});
