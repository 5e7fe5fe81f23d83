import { once } from "node:events";
import { cp, mkdtemp } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { BatchClient, type Line } from "./batch-client.ts";

const listSchema = z.object({ data: z.array(z.looseObject({ id: z.string() })) });

export const JSON_TYPE = { "content-type": "application/json" };

/** Its columns: plan, age, visits (3 when missing), member (false when missing). */
export const TABLE = "mixed-columns";

/** Sends batches in every form there is. */
export class BatchUploads extends BatchClient {
  /** A create, or whatever `path` says; waits for the batch's end unless `headers` say otherwise. */
  async post(
    path: string,
    body: NonNullable<RequestInit["body"]>,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    return this.send("POST", path, { body, headers: { prefer: "wait=60", ...headers } });
  }

  /** All results of an ended batch. */
  async all(id: string): Promise<readonly Line[]> {
    return (await this.results(id)).lines;
  }

  /** The id of the newest batch of a model that is being filled. */
  async open(model: string): Promise<string | undefined> {
    const response = await this.send("GET", `?status=validating&limit=1&model=${model}`);
    const { data } = listSchema.parse(await response.json());
    return data[0]?.id;
  }
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
