import type { Redis } from "ioredis";
import { z } from "zod";
import { jobClasses } from "../lane.ts";
import { controlKeys as keys } from "../redis/keys.ts";
import { asking, type Ask } from "../redis/reach.ts";
import { scopes } from "./key.ts";
import type { Rights } from "./rights.ts";

/** As of tenants. */
export const ROLE_PATTERN = /^[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?$/;

/** What somebody may do whose role there is not, or not any more. */
export const NO_RIGHTS: Rights = { scopes: [], models: [], ceiling: "bulk" };

const rightsSchema = z.object({
  scopes: z.array(z.enum(scopes)).readonly(),
  /** Absent: all. */
  models: z.array(z.string()).readonly().optional(),
  ceiling: z.enum(jobClasses),
});

/** Rights with a name, which keys and users share: to change the role is to change them all. */
export interface Role {
  readonly name: string;
  readonly rights: Rights;
}

/** The roles of an installation, as all gateways share them. Throws `service_unavailable` without Redis. */
export class Roles {
  readonly #ask: Ask;

  constructor(redis: Redis) {
    this.#ask = asking(redis, "Roles cannot be looked up at the moment.");
  }

  async find(name: string): Promise<Rights | undefined> {
    return this.#ask(readRole, name);
  }

  /** All there are, by name. */
  async list(): Promise<readonly Role[]> {
    const all = await this.#ask(async (redis) => redis.hgetall(keys.roles));
    const roles = Object.entries(all).map(([name, text]) => ({ name, rights: rightsIn(text) }));
    return roles.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** @returns what it was before, undefined when there was none */
  async put(name: string, rights: Rights): Promise<Rights | undefined> {
    const before = await this.find(name);
    const { scopes: given, models, ceiling } = rights;
    const text = JSON.stringify({ scopes: given, models, ceiling });
    await this.#ask(async (redis) => redis.hset(keys.roles, name, text));
    return before;
  }

  /** @returns what it was, undefined when there was none */
  async delete(name: string): Promise<Rights | undefined> {
    const before = await this.find(name);
    await this.#ask(async (redis) => redis.hdel(keys.roles, name));
    return before;
  }
}

export async function readRole(redis: Redis, name: string): Promise<Rights | undefined> {
  const text = await redis.hget(keys.roles, name);
  return text === null ? undefined : rightsIn(text);
}

function rightsIn(text: string): Rights {
  const { scopes: given, models, ceiling } = rightsSchema.parse(JSON.parse(text));
  return { scopes: given, models, ceiling };
}
