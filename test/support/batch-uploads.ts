import assert from "node:assert/strict";
import { once } from "node:events";
import { cp, mkdtemp } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { ask } from "./client.ts";

const batchSchema = z.looseObject({
  id: z.string(),
  status: z.string(),
  received: z.number(),
  outcome: z.string().nullable(),
});
const problemSchema = z.looseObject({
  code: z.string(),
  detail: z.string(),
  line: z.number().optional(),
  errors: z.array(z.looseObject({ column: z.string().optional() })).optional(),
});
const lineSchema = z.looseObject({
  index: z.number(),
  custom_id: z.string().nullable(),
  status: z.string(),
  output: z.unknown().optional(),
  error: problemSchema.optional(),
});
export type UploadedLine = z.infer<typeof lineSchema>;

export const JSON_TYPE = { "content-type": "application/json" };

/** Its columns: plan, age, visits (3 when missing), member (false when missing). */
export const TABLE = "mixed-columns";

/** Sends batches in every form there is. */
export class BatchUploads {
  readonly url: string;

  constructor(gateway: string) {
    this.url = `${gateway}/v1/batches`;
  }

  async post(
    path: string,
    body: NonNullable<RequestInit["body"]>,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    const all = { prefer: "wait=60", ...headers };
    return ask(`${this.url}${path}`, { method: "POST", body, headers: all });
  }

  /** The id of the newest batch of a model that is being filled. */
  async open(model: string): Promise<string | undefined> {
    const response = await ask(`${this.url}?status=validating&limit=1&model=${model}`);
    const list = z.object({ data: z.array(batchSchema) }).parse(await response.json());
    return list.data[0]?.id;
  }

  /** All results of an ended batch. */
  async lines(id: string): Promise<readonly UploadedLine[]> {
    const text = await (await ask(`${this.url}/${id}/results`)).text();
    const values = text.trimEnd().split("\n").slice(0, -1);
    return values.map((line) => lineSchema.parse(JSON.parse(line)));
  }
}

/** The batch that an answer shows. @param status that it must have */
export async function batchOf(
  response: Response,
  status = 200,
): Promise<z.infer<typeof batchSchema>> {
  const text = await response.text();
  assert.equal(response.status, status, text);
  return batchSchema.parse(JSON.parse(text));
}

/** The problem that an answer is. @param code that it must have */
export async function refusalOf(
  response: Response,
  code: string,
): Promise<z.infer<typeof problemSchema>> {
  const problem = problemSchema.parse(await response.json());
  assert.equal(problem.code, code, problem.detail);
  return problem;
}

/** A folder with the photo model and `TABLE`. To be removed by who asked for it. */
export async function photoAndTableModels(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "scoreline-models-"));
  const recursive = { recursive: true };
  for (const part of ["1", "2", "default"]) {
    const from = join("models/image-classification", part);
    await cp(from, join(path, "image-classification", part), recursive);
  }
  await cp(`test/fixtures/models/${TABLE}`, join(path, TABLE), recursive);
  return path;
}

export interface CutUpload {
  readonly bytes: Buffer;
  /** How many of them are sent. */
  readonly sent: number;
  readonly key: string;
}

/** Sends the beginning of a body and hangs up. */
export async function cutUpload(
  url: string,
  type: string,
  { bytes, sent, key }: CutUpload,
): Promise<void> {
  const { hostname, port, pathname, search } = new URL(url);
  const socket = connect(Number(port), hostname);
  const head = [
    `POST ${pathname}${search} HTTP/1.1`,
    `host: ${hostname}`,
    `authorization: Bearer ${key}`,
    `content-type: ${type}`,
    `content-length: ${bytes.length}`,
  ];
  socket.write(`${head.join("\r\n")}\r\n\r\n`);
  await new Promise((resolve) => socket.write(bytes.subarray(0, sent), resolve));
  socket.end();
  socket.resume();
  await once(socket, "close");
}
