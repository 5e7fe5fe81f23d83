import { randomUUID } from "node:crypto";
import { resolve } from "node:path";
import { serve } from "@hono/node-server";
import { Hono, type Context } from "hono";
import { z } from "zod";
import { manifestSchema, contractOf } from "../../../shared/model/manifest.ts";
import { runBatch } from "../../../worker/runner/run-batch.ts";
import { Sessions } from "../../../worker/runner/sessions.ts";
import { repositoryFile } from "../../support/client.ts";

/**
 * What somebody would write who needs no queue: one process that answers HTTP and runs the same
 * graph through the same pipeline with the same session options, one run a request. It checks
 * inputs by the same schema; it has no job ids that can be looked up, no batches, no retries.
 */
const name = String(process.env["MODEL"]);
const manifest = manifestSchema.parse(
  JSON.parse(repositoryFile(`models/${name}/1/manifest.json`).toString()),
);
const contract = contractOf(manifest);
const folder = resolve(`models/${name}/1`);
const sessions = new Sessions();
const requestSchema = z.strictObject({
  input: contract.input,
  parameters: contract.parameters.prefault({}),
});
const bytesSchema = z.strictObject({
  input: z.instanceof(Buffer).transform((body) => contract.rowOfBody(body)),
  parameters: contract.parameters.prefault({}),
});

const loaded = await sessions.load(folder);
if (loaded.type === "load_failed") throw new Error(loaded.reason);
const model = await sessions.get(folder);

const app = new Hono();
app.post("/v1/models/:model/jobs", async (c) => score(c));
serve({ fetch: app.fetch, hostname: "127.0.0.1", port: Number(process.env["PORT"]) }, () => {
  process.stdout.write('{"msg":"ready"}\n');
});

async function score(c: Context): Promise<Response> {
  const isBytes = c.req.header("content-type") === "image/jpeg";
  const request = isBytes
    ? bytesSchema.safeParse({ input: Buffer.from(await c.req.arrayBuffer()) })
    : requestSchema.safeParse(await c.req.json());
  if (!request.success) return Response.json({ errors: request.error.issues }, { status: 422 });
  const { input, parameters } = request.data;
  const { failures, outputs } = await runBatch(model, [input], [parameters]);
  const [failure] = failures;
  if (failure !== null) return Response.json({ error: failure }, { status: 502 });
  const id = randomUUID();
  const envelope = `{"id":"${id}","model":"${name}@${manifest.version}","status":"succeeded"`;
  return new Response(`${envelope},"output":${outputs.join(",")}}`, {
    headers: { "content-type": "application/json" },
  });
}
