import assert from "node:assert/strict";
import type { z } from "zod";
import { replayListSchema, replaySchema } from "../../gateway/replays/replay-json.ts";
import { ask } from "./client.ts";

export type Replay = z.output<typeof replaySchema>;

/** What tests do with the replays of an endpoint. */
export class ReplayClient {
  readonly #gateway: string;
  readonly #url: string;

  constructor(gateway: string, endpoint: string) {
    this.#gateway = gateway;
    this.#url = `${gateway}/v1/endpoints/${endpoint}/replays`;
  }

  async send(method: string, path = "", body?: object): Promise<Response> {
    return ask(`${this.#url}${path}`, {
      method,
      headers: { "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  /** Items as lines of JSON, to be scored by the default variant and by what the query names. */
  async sendLines(query: string, items: readonly object[]): Promise<Response> {
    return ask(`${this.#url}${query}`, {
      method: "POST",
      headers: { "content-type": "application/x-ndjson" },
      body: items.map((item) => `${JSON.stringify(item)}\n`).join(""),
    });
  }

  async create(body: object): Promise<Replay> {
    return this.made(await this.send("POST", "", body));
  }

  async made(response: Response): Promise<Replay> {
    const text = await response.text();
    assert.equal(response.status, 202, text);
    const replay = replaySchema.parse(JSON.parse(text));
    assert.equal(
      `${this.#gateway}${response.headers.get("location")}`,
      `${this.#url}/${replay.id}`,
    );
    return replay;
  }

  async read(id: string, query = ""): Promise<Replay> {
    const response = await this.send("GET", `/${id}${query}`);
    const text = await response.text();
    assert.equal(response.status, 200, text);
    return replaySchema.parse(JSON.parse(text));
  }

  /** Waits for its end. */
  async ended(id: string): Promise<Replay> {
    let replay = await this.read(id, "?wait=20");
    while (replay.completed_at === null) replay = await this.read(id, "?wait=20");
    return replay;
  }

  async list(): Promise<readonly Replay[]> {
    const response = await this.send("GET");
    return replayListSchema.parse(await response.json()).data;
  }
}
