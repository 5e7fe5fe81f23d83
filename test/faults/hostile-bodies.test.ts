import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { ask } from "../support/client.ts";
import { cpuSeconds } from "../support/cpu.ts";
import { HOSTILE_BODIES, legalBody } from "../support/hostile-bodies.ts";
import { HOSTILE_DIALECT_BODIES } from "../support/hostile-dialect-bodies.ts";
import { System, type Role } from "../support/system.ts";
import { RECEIVERS_HERE } from "../support/webhooks.ts";

/** As small for these bodies as a heap of 1.5 GB is for the largest that are taken, of 32 MB. */
const HEAP_MIB = 96;
const BODY_BYTES = 2_000_000;
const ANSWER_BYTES_MAX = 65_536;
/** Refusing may cost so many times what taking a body of this size costs; the faults cost up to a hundred. */
const CPU_RATIO_MAX = 10;

const MODELS = ["models/faq-javascript/1", "models/image-classification/2", "models/wine/1"];

const PROBLEM = "application/problem+json";
const faultsSchema = z.looseObject({ errors: z.array(z.unknown()).optional() });
const problemSchema = faultsSchema.extend({
  code: z.string(),
  detail: z.string(),
});

describe("a body that is made to cost a lot", () => {
  let folder = "";
  let system: System;
  let gateway: { role: Role; url: string };
  let legalSeconds = 0;

  async function send(path: string, type: string, body: string): Promise<[Response, string]> {
    const headers = { "content-type": type, prefer: "respond-async" };
    const response = await ask(gateway.url + path, { method: "POST", headers, body });
    return [response, await response.text()];
  }

  async function startGateway(): Promise<void> {
    gateway = await system.gateway({
      env: { NODE_OPTIONS: `--max-old-space-size=${HEAP_MIB}` },
    });
  }

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "scoreline-hostile-"));
    cpSync("test/fixtures/models", folder, { recursive: true });
    for (const model of MODELS) {
      cpSync(model, join(folder, ...model.split("/").slice(1)), { recursive: true });
    }
    system = await System.bare({
      MODELS_DIR: folder,
      BATCH_JSON_ITEMS_MAX: "1000000",
      ...RECEIVERS_HERE,
    });
    await startGateway();
    // The first one warms the process up: code is compiled.
    for (let i = 0; i < 2; i++) {
      const start = cpuSeconds(gateway.role.pid);
      const [response, text] = await send("/v1/batches", "application/json", legalBody(BODY_BYTES));
      assert.ok(response.ok, text);
      legalSeconds = cpuSeconds(gateway.role.pid) - start;
    }
  });
  after(async () => {
    await system[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  for (const { name, path, type, body, problem = PROBLEM } of [
    ...HOSTILE_BODIES,
    ...HOSTILE_DIALECT_BODIES,
  ]) {
    it(`is refused at little cost: ${name}`, async (t) => {
      if (gateway.role.hasExited) await startGateway();
      const { pid } = gateway.role;
      const start = cpuSeconds(pid);
      const [response, text] = await send(path, type, body(BODY_BYTES)).catch(
        async (cause: unknown) => {
          await gateway.role.end("SIGKILL"); // the next one gets another
          throw new Error("the gateway gave no answer", { cause });
        },
      );
      assert.ok(!gateway.role.hasExited);
      const ratio = (cpuSeconds(pid) - start) / legalSeconds;
      t.diagnostic(`${response.status}, ${text.length} bytes, ${ratio.toFixed(2)} of a legal one`);
      assert.ok(response.status >= 400 && response.status < 500, text.slice(0, 1000));
      assert.equal(response.headers.get("content-type"), problem);
      assert.ok(Buffer.byteLength(text) <= ANSWER_BYTES_MAX, `${text.length} bytes of answer`);
      const { errors = [] } = (problem === PROBLEM ? problemSchema : faultsSchema).parse(
        JSON.parse(text),
      );
      assert.ok(errors.length <= 100);
      assert.ok(ratio <= CPU_RATIO_MAX, `took ${ratio} times the CPU of a legal body`);
    });
  }
});
