import { randomBytes } from "node:crypto";
import { z } from "zod";
import type { Redis } from "../redis/connection.ts";
import { controlKeys as keys } from "../redis/keys.ts";
import { asText, script } from "../redis/script.ts";
import { reassigned, type Buckets } from "./buckets.ts";
import { bucketCounts, definitionSchema, type Definition } from "./definition.ts";

/** Endpoints of an installation at most: every gateway holds all of them. */
export const ENDPOINTS_MAX = 1000;
/** Earlier revisions that are kept of each. */
const HISTORY_MAX = 10;

/** How requests were shared out before a change. */
const earlierSchema = z.object({
  revision: z.int(),
  until_ms: z.number(),
  variants: definitionSchema.in.shape.variants,
  default: z.string(),
});

export type Earlier = z.output<typeof earlierSchema>;

const recordSchema = z.object({
  definition: definitionSchema,
  /** Makes two endpoints share out the same callers differently. */
  salt: z.string(),
  buckets: z.array(z.object({ variant: z.string(), count: z.int() })).readonly(),
  /** Newest first. */
  history: z.array(earlierSchema).readonly(),
});

/** A name that stands for several model versions, as all gateways know it. */
export interface Endpoint {
  readonly name: string;
  /** Of all endpoints together; higher with each change. */
  readonly revision: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly definition: Definition;
  readonly salt: string;
  readonly buckets: Buckets;
  readonly history: readonly Earlier[];
}

const putScript = script(new URL("./endpoint-put.lua", import.meta.url), {
  keys: ["endpoints", "counter"],
  args: ["name", "expected", "token", "record", "most"],
});

const where = { endpoints: keys.endpoints, counter: keys.endpointsRevision };

/** `changed`: it is another one by now. */
export type PutVerdict = "done" | "changed" | "full" | "missing";

export interface EndpointPut {
  readonly name: string;
  /** As whoever changes it has seen it. */
  readonly before: Endpoint | undefined;
  /** Undefined deletes it. */
  readonly definition: Definition | undefined;
  readonly nowMs: number;
  /** Drawn for this change: one that is sent twice is told by it from another. */
  readonly token: string;
}

export async function putEndpoint(redis: Redis, put: EndpointPut): Promise<PutVerdict> {
  const { name, before, definition } = put;
  const reply = await putScript.run(redis, {
    ...where,
    name,
    expected: before?.revision ?? 0,
    token: put.token,
    record: definition === undefined ? "" : recordOf(put, definition),
    most: ENDPOINTS_MAX,
  });
  const text = asText(reply);
  return text === "changed" || text === "full" || text === "missing" ? text : "done";
}

function recordOf({ before, nowMs }: EndpointPut, definition: Definition): string {
  const record: z.input<typeof recordSchema> = {
    definition,
    salt: before?.salt ?? randomBytes(6).toString("base64url"),
    buckets: [...reassigned(before?.buckets ?? [], bucketCounts(definition))],
    history: before === undefined ? [] : historyOf(before, definition, nowMs),
  };
  return JSON.stringify(record);
}

/** With how it is until now, where the change is one of traffic. */
function historyOf(before: Endpoint, after: Definition, nowMs: number) {
  const { variants, default: chosen } = before.definition;
  const isSame =
    JSON.stringify(variants) === JSON.stringify(after.variants) && chosen === after.default;
  if (isSame) return [...before.history];
  const last = { revision: before.revision, until_ms: nowMs, variants, default: chosen };
  return [last, ...before.history].slice(0, HISTORY_MAX);
}

/** Differs after every change. */
export async function endpointsRevision(redis: Redis): Promise<number> {
  return Number((await redis.get(keys.endpointsRevision)) ?? 0);
}

/** All there are, by name. @param faulty is told of those in a form that this release does not know */
export async function readEndpoints(
  redis: Redis,
  faulty: (name: string, error: unknown) => void,
): Promise<ReadonlyMap<string, Endpoint>> {
  const found = Object.entries(await redis.hgetall(keys.endpoints));
  const all = new Map<string, Endpoint>();
  for (const [name, text] of found.toSorted(([one], [other]) => one.localeCompare(other))) {
    try {
      all.set(name, endpointOf(name, text));
    } catch (error) {
      faulty(name, error);
    }
  }
  return all;
}

/** @throws {SyntaxError | z.ZodError} when it is of another format */
function endpointOf(name: string, text: string): Endpoint {
  const [, head = "", json = ""] = /^(\d+ \S+ \d+ \d+) (.*)$/s.exec(text) ?? [];
  const [revision, , createdAtMs, updatedAtMs] = head.split(" ").map(Number);
  return {
    name,
    revision: revision ?? 0,
    createdAtMs: createdAtMs ?? 0,
    updatedAtMs: updatedAtMs ?? 0,
    ...recordSchema.parse(JSON.parse(json)),
  };
}
