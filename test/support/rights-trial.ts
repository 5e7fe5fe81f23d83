import assert from "node:assert/strict";
import fc from "fast-check";
import { z } from "zod";
import type { ApiDescription, PlacedOperation } from "./api-description.ts";
import { bearer } from "./access-tokens.ts";
import { PHOTO, repositoryFile } from "./client.ts";
import { goodRequests, type FuzzedModel } from "./fuzz/good-requests.ts";
import type { RawRequest } from "./fuzz/raw-request.ts";
import { Things } from "./things.ts";

const JSON_TYPE = "application/json";
/** Of the requests that the document allows to an operation, those that one is chosen of. */
const SAMPLES = 12;
const listed = z.looseObject({ data: z.array(z.unknown()) });
const members = z.looseObject({});

export interface Actor {
  /** What it comes with. */
  readonly token: string;
  /**
   * Of a key that may do everything in the tenant whose things the actor asks for; undefined: it asks for
   * things that there are not, which is enough where nobody looks for them first.
   */
  readonly owner: string | undefined;
}

/** Asks operations for things that there are: what a caller may do shows in what it is answered. */
export class RightsTrial {
  readonly #url: string;
  readonly #api: ApiDescription;
  readonly #requests = new Map<string, RawRequest>();

  constructor(url: string, api: ApiDescription) {
    this.#url = url;
    this.#api = api;
  }

  /**
   * Asks each operation once, with a request that the document allows, for the highest class of work.
   *
   * @param model what requests name, and their things are made with
   * @returns by operation: `401`, `403`, `404`, or that it was taken, and whether a list has any
   */
  async outcomes(
    operations: readonly PlacedOperation[],
    { token, owner }: Actor,
    model: FuzzedModel,
  ): Promise<Readonly<Record<string, string>>> {
    const job = this.#requestTo("createJob", model).body.toString();
    const things =
      owner === undefined ? undefined : new Things({ url: this.#url, owner, model: model.id, job });
    await things?.prepare();
    const into = async (text: string): Promise<string> => (things ? things.into(text) : text);
    const outcomes: Record<string, string> = {};
    for (const { id } of operations) {
      const { method, target, headers, body } = this.#requestTo(id, model);
      const bytes = Buffer.from(await into(body.toString("latin1")), "latin1");
      const type = headers.find(([name]) => name === "Content-Type")?.[1];
      const response = await fetch(`${this.#url}${await into(target)}`, {
        method,
        headers: {
          ...bearer(token),
          prefer: "respond-async",
          ...(type && { "content-type": type }),
        },
        ...(bytes.length === 0 ? {} : { body: bytes }),
      });
      outcomes[id] = await outcomeOf(response);
      if (things && method !== "GET") things.forget(target);
    }
    return outcomes;
  }

  #requestTo(id: string, model: FuzzedModel): RawRequest {
    const key = `${id} ${model.id}`;
    const request = this.#requests.get(key) ?? this.#sample(id, model);
    this.#requests.set(key, request);
    return request;
  }

  /** In JSON where it can be. */
  #sample(id: string, model: FuzzedModel): RawRequest {
    const good = goodRequests(this.#api, [model], repositoryFile(PHOTO), [id]);
    const all = fc.sample(good, { numRuns: SAMPLES, seed: 1 });
    const inJson = all.find(({ headers }) => headers.some(([, value]) => value === JSON_TYPE));
    const request = inJson ?? all[0];
    assert.ok(request !== undefined);
    const [path = ""] = request.target.split("?");
    const target = id === "appendItems" ? `${path}?from=0` : path;
    if (inJson === undefined || !this.#asksForClass(id)) return { ...request, target };
    const said = members.parse(JSON.parse(request.body.toString()));
    const body = Buffer.from(JSON.stringify({ ...said, priority: "interactive" }));
    return { ...request, target, body };
  }

  #asksForClass(id: string): boolean {
    const { schema } = this.#api.operation(id).requestBody?.content[JSON_TYPE] ?? {};
    const { $ref } = z.looseObject({ $ref: z.string().optional() }).parse(schema ?? {});
    const named = this.#api.document.components.schemas[$ref?.split("/").at(-1) ?? ""];
    const { properties } = z.looseObject({ properties: members.optional() }).parse(named ?? {});
    return properties?.["priority"] !== undefined;
  }
}

async function outcomeOf(response: Response): Promise<string> {
  const { status } = response;
  if (status === 200 && response.headers.get("content-type") === JSON_TYPE) {
    const list = listed.safeParse(await response.json());
    if (!list.success) return "taken";
    return list.data.data.length === 0 ? "taken, none in it" : "taken, some in it";
  }
  await response.body?.cancel();
  return [401, 403, 404].includes(status) ? String(status) : "taken";
}
