import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { submissionOfMultipart } from "../../../../gateway/jobs/multipart.ts";
import type { Submission } from "../../../../gateway/jobs/submission.ts";
import { ScoringError } from "../../../../shared/error.ts";
import { loadRegistry } from "../../../../shared/model/registry.ts";
import { contractOf } from "../../../../shared/model/schema.ts";
import { ROOT } from "../../../sync/support/repository.ts";

describe("a form for a text model", () => {
  it("takes a text as the file of a part, and says so when there is none", async () => {
    const { rows, parameters } = await read({ a: new File(["hello"], "a.txt"), top_k: "2" });
    assert.deepEqual([rows.map(String), parameters], [["hello"], { top_k: "2" }]);
    await assert.rejects(read({ text: "hello" }), (error) => {
      assert.ok(error instanceof ScoringError);
      assert.deepEqual(
        [error.code, /-F a=@file\.txt/.test(error.message)],
        ["invalid_input", true],
      );
      return true;
    });
  });
});

async function read(fields: Readonly<Record<string, string | File>>): Promise<Submission> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  const made = new Response(form);
  const body = Buffer.from(await made.arrayBuffer());
  const version = loadRegistry(join(ROOT, "models")).resolve("faq-javascript");
  const type = made.headers.get("content-type") ?? "";
  return submissionOfMultipart(body, type, {
    model: version.id,
    contract: contractOf(version.manifest),
    rowsMax: 2,
  });
}
