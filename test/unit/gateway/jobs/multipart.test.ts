import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { submissionOfMultipart } from "../../../../gateway/jobs/multipart.ts";
import type { Submission } from "../../../../gateway/jobs/submission.ts";
import { ScoringError } from "../../../../shared/error.ts";
import { loadRegistry } from "../../../../shared/model/registry.ts";
import { contractOf } from "../../../../shared/model/manifest.ts";
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

  it("takes a part for a file by its file name alone", async () => {
    const text = part(['name="a"; filename="a.txt"'], "hello");
    const option = part(['name="top_k"', "Content-Type: application/octet-stream"], "2");
    const { rows, parameters } = await readParts(text, option);
    assert.deepEqual([rows.map(String), parameters], [["hello"], { top_k: "2" }]);
  });

  it("decodes what was sent as base64", async () => {
    const encoded = "Content-Transfer-Encoding: base64";
    const text = part(['name="a"; filename="a.txt"', encoded], "aGVsbG8=");
    const option = part(['name="top_k"', encoded], "Mg==");
    const { rows, parameters } = await readParts(text, option);
    assert.deepEqual([rows.map(String), parameters], [["hello"], { top_k: "2" }]);
  });

  it("refuses a part without a name", async () => {
    const text = part(['name="a"; filename="a.txt"'], "hello");
    for (const nameless of [part(['filename="b.txt"'], "there"), part([""], "2")]) {
      await assert.rejects(readParts(text, nameless), { code: "invalid_input" });
    }
  });
});

/** @param headers the first stands behind `Content-Disposition: form-data` */
function part([disposition = "", ...headers]: readonly string[], text: string): string {
  const semicolon = disposition === "" ? "" : "; ";
  const head = [`Content-Disposition: form-data${semicolon}${disposition}`, ...headers];
  return `--x\r\n${head.join("\r\n")}\r\n\r\n${text}\r\n`;
}

async function readParts(...parts: readonly string[]): Promise<Submission> {
  const body = Buffer.from(`${parts.join("")}--x--\r\n`);
  return readForm(body, "multipart/form-data; boundary=x");
}

async function read(fields: Readonly<Record<string, string | File>>): Promise<Submission> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  const made = new Response(form);
  const body = Buffer.from(await made.arrayBuffer());
  return readForm(body, made.headers.get("content-type") ?? "");
}

async function readForm(body: Buffer, type: string): Promise<Submission> {
  const version = loadRegistry(join(ROOT, "models")).resolve("faq-javascript");
  return submissionOfMultipart(body, type, {
    model: version.id,
    contract: contractOf(version.manifest),
    rowsMax: 2,
  });
}
