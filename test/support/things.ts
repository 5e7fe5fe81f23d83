import assert from "node:assert/strict";
import { z } from "zod";
import { bearer } from "./access-tokens.ts";
import {
  KEPT_BATCH,
  SOME_BATCH,
  SOME_DELIVERY,
  SOME_ENDPOINT,
  SOME_JOB,
  SOME_KEY,
  SOME_REPLAY,
} from "./fuzz/stand-ins.ts";

const identified = z.looseObject({ id: z.string() });
const jobSchema = z.looseObject({
  input: z.unknown().optional(),
  inputs: z.array(z.unknown()).optional(),
});

/** What may stand in the path or the body of a request for something that there is. */
const PLACES: readonly string[] = [
  SOME_JOB,
  SOME_BATCH,
  SOME_KEY,
  SOME_ENDPOINT,
  SOME_DELIVERY,
  SOME_REPLAY,
  KEPT_BATCH,
];
/** What good requests call endpoints and roles. */
const NAME = "fuzzed";

export interface ThingsOptions {
  readonly url: string;
  /** Whose they are: the token of a key that may do everything. */
  readonly owner: string;
  /** `name@version` */
  readonly model: string;
  /** The body of a job of it, in JSON. */
  readonly job: string;
}

/** A tenant's own: of each kind one, made when it is asked for. */
export class Things {
  readonly #options: ThingsOptions;
  readonly #ids = new Map<string, string>();
  #isPrepared = false;

  constructor(options: ThingsOptions) {
    this.#options = options;
  }

  /** Makes what is known by a name. */
  async prepare(): Promise<void> {
    if (this.#isPrepared) return;
    const variants = [{ name: "blue", model: this.#options.model }];
    await this.#send("PUT", `/v1/endpoints/${NAME}`, { variants });
    await this.#send("PUT", `/v1/roles/${NAME}`, { scopes: ["jobs:read"] });
    this.#isPrepared = true;
  }

  /** With the ids of things in their places. */
  async into(text: string): Promise<string> {
    if (text.includes(`/${NAME}`)) await this.prepare();
    const place = PLACES.find((one) => text.includes(one));
    return place === undefined ? text : text.replace(place, await this.#idOf(place));
  }

  /** What stood there may have been changed: the next is another. */
  forget(text: string): void {
    for (const place of PLACES) if (text.includes(place)) this.#ids.delete(place);
    if (text.includes(`/${NAME}`)) this.#isPrepared = false;
  }

  async #idOf(place: string): Promise<string> {
    const id = this.#ids.get(place) ?? (await this.#make(place));
    this.#ids.set(place, id);
    return id;
  }

  async #make(place: string): Promise<string> {
    const { model, job } = this.#options;
    switch (place) {
      case SOME_JOB:
        return this.#id("POST", `/v1/models/${model}/jobs`, job);
      case SOME_BATCH:
        return this.#id("POST", "/v1/batches", { model, priority: "interactive" });
      case SOME_KEY:
        return this.#id("POST", "/v1/keys", { name: "thing", scopes: ["jobs:read"] });
      case SOME_ENDPOINT:
        return this.#id("POST", "/v1/webhook-endpoints", { url: "https://example.com/hook" });
      case SOME_DELIVERY: {
        const endpoint = await this.#idOf(SOME_ENDPOINT);
        return this.#id("POST", `/v1/webhook-endpoints/${endpoint}/ping`);
      }
      case SOME_REPLAY: {
        await this.prepare();
        const batch = await this.#idOf(KEPT_BATCH);
        return this.#id("POST", `/v1/endpoints/${NAME}/replays`, { batch, model });
      }
      default: {
        assert.equal(place, KEPT_BATCH);
        const { inputs, input = inputs?.[0] } = jobSchema.parse(JSON.parse(job));
        return this.#id("POST", "/v1/batches", { model, keep_inputs: true, items: [{ input }] });
      }
    }
  }

  async #id(method: string, path: string, body?: object | string): Promise<string> {
    return identified.parse(JSON.parse(await this.#send(method, path, body))).id;
  }

  async #send(method: string, path: string, body: object | string = {}): Promise<string> {
    const response = await fetch(`${this.#options.url}${path}`, {
      method,
      headers: {
        ...bearer(this.#options.owner),
        "content-type": "application/json",
        prefer: "respond-async",
      },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
    const text = await response.text();
    assert.ok(response.ok, `${method} ${path}: ${text}`);
    return text;
  }
}
