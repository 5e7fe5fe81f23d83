import assert from "node:assert/strict";
import { z } from "zod";
import { endpointSchema, type EndpointJson } from "../../gateway/endpoints/endpoint-json.ts";
import { ask } from "./client.ts";
import { versionedModel } from "./models.ts";
import { System } from "./system.ts";

/** What tests read of a job of `versionedModel`. */
const jobSchema = z.looseObject({
  id: z.string(),
  model: z.string(),
  endpoint: z.string().optional(),
  variant: z.string().optional(),
  output: z.object({ version: z.int() }),
});

export type VersionedJob = z.infer<typeof jobSchema>;

const JSON_TYPE = { "content-type": "application/json" };

/** Variants of `versioned` with these shares; without a third there are two. */
export const shares = (blue: number, green: number, red?: number) => ({
  variants: [
    { name: "blue", model: "versioned@1", share: blue, type: "control" },
    { name: "green", model: "versioned@2", share: green },
    ...(red === undefined ? [] : [{ name: "red", model: "versioned@3", share: red }]),
  ],
});

/** What tests do with the endpoints of a gateway. */
export class EndpointClient {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async send(method: string, name: string, body?: object, headers = {}): Promise<Response> {
    return ask(`${this.#url}/v1/endpoints/${name}`, {
      method,
      headers: { ...JSON_TYPE, ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  async read(name: string): Promise<EndpointJson> {
    return endpointSchema.parse(await (await this.send("GET", name)).json());
  }

  async put(name: string, body: object, headers = {}) {
    const response = await this.send("PUT", name, body, headers);
    const text = await response.text();
    assert.ok(response.ok, text);
    return { response, endpoint: endpointSchema.parse(JSON.parse(text)) };
  }

  /** Scores with it, and waits for the end. */
  async score(name: string, headers: Record<string, string> = {}): Promise<VersionedJob> {
    const response = await ask(`${this.#url}/v1/models/${name}/jobs`, {
      method: "POST",
      headers: { ...JSON_TYPE, prefer: "wait=60", ...headers },
      body: `{"input":{}}`,
    });
    const text = await response.text();
    assert.equal(response.status, 200, text);
    return readJob(text);
  }
}

/** One of each role over the models of a folder that goes with it, and what tests do with its endpoints. */
export type VersionedSystem = System & {
  readonly url: string;
  readonly models: string;
  readonly client: EndpointClient;
};

/** @param versions of `versioned` @param add puts other models beside it */
export async function startVersioned(
  versions: number,
  add?: (models: string) => void,
): Promise<VersionedSystem> {
  const models = versionedModel(versions);
  add?.(models);
  const system = await System.start({ MODELS_DIR: models });
  system.removes(models);
  return Object.assign(system, { models, client: new EndpointClient(system.url) });
}

export function readJob(text: string): VersionedJob {
  return jobSchema.parse(JSON.parse(text));
}

/** The status of a refusal, its code, and where its faults are. */
export async function refused(response: Promise<Response>): Promise<unknown[]> {
  const { status, code, errors } = z
    .looseObject({ status: z.int(), code: z.string(), errors: z.array(z.unknown()).optional() })
    .parse(await (await response).json());
  return [status, code, ...(errors ?? [])];
}
