import { createHash } from "node:crypto";
import type { Redis } from "ioredis";
import { joined, plain, sourceOf, unpacked, type Declaration, type LuaFile } from "./lua.ts";

/** Clients that tests have set the time of. */
const setTimes = new WeakMap<Redis, () => number>();

/** For tests alone: what is sent through the client that is returned takes place at that time. */
export function atTime(redis: Redis, nowMs: number | (() => number)): Redis {
  const client = new Proxy(redis, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === "function" ? (member.bind(target) as unknown) : member;
    },
  });
  setTimes.set(client, typeof nowMs === "number" ? () => nowMs : nowMs);
  return client;
}

const REDIS_TIME = [
  "local now = redis.call('TIME')",
  "now = now[1] * 1000 + math.floor(now[2] / 1000)",
].join("\n");

/** The same text at every time: Redis keeps each that it has seen. */
const SET_TIME = "local now = tonumber(table.remove(ARGV))";

type Value = string | number | Buffer;

/** What Lua can answer, with bulk strings as bytes. */
export type Reply = number | Buffer | null | readonly Reply[];

/** For tests alone: what each script sends, by the path of its file. */
export const sources = new Map<string, string>();

interface Text {
  readonly source: string;
  readonly digest: string;
}

function textOf(time: string, body: string): Text {
  const source = `${time}\n${body}`;
  return { source, digest: createHash("sha1").update(source).digest("hex") };
}

/** Digests that Redis has answered to on a connection. */
const answered = new WeakMap<Redis, Set<string>>();

function answeredOn(redis: Redis): Set<string> {
  const known = answered.get(redis);
  if (known !== undefined) return known;
  const digests = new Set<string>();
  answered.set(redis, digests);
  // What it connects to next may be a Redis that was started since.
  redis.on("close", () => digests.clear());
  return digests;
}

async function send(
  redis: Redis,
  { source, digest }: Text,
  rest: readonly Value[],
): Promise<unknown> {
  const digests = answeredOn(redis);
  if (digests.has(digest)) {
    try {
      return await redis.callBuffer("EVALSHA", digest, ...rest);
    } catch (error) {
      if (!isUnknown(error)) throw error;
    }
  }
  const reply: unknown = await redis.callBuffer("EVAL", source, ...rest);
  digests.add(digest);
  return reply;
}

/** Whether Redis has not seen the script since it was started. */
function isUnknown(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("NOSCRIPT");
}

/** What a script declares, and the files of functions that stand in front of it. */
interface Named extends Declaration, Omit<LuaFile, "url"> {
  readonly behind?: readonly LuaFile[];
}

type Keys<N extends string> = {
  readonly [K in N as K extends `${string}?` ? never : K]: string;
} & {
  readonly [K in N as K extends `${infer Name}?` ? Name : never]: string | undefined;
};
type Args<N extends string> = Readonly<Record<N, Value>>;
type In<L> = L extends readonly (infer N extends string)[] ? N : never;
type Called<D extends Declaration> = Keys<In<D["keys"]>> &
  Args<In<D["args"]>> &
  (D["rest"] extends string ? Readonly<Record<D["rest"], readonly Value[]>> : unknown) &
  (D["each"] extends object
    ? { readonly items: readonly (Keys<In<D["each"]["keys"]>> & Args<In<D["each"]["args"]>>)[] }
    : unknown);

export interface NamedScript<D extends Declaration> {
  /** @param names a value for each name of the declaration; what else a spread object brings is left out */
  readonly run: (redis: Redis, names: Called<D>) => Promise<Reply>;
}

/**
 * A Lua script beside its TypeScript. A connection sends it whole until Redis has answered it once, and
 * calls it by its digest (EVALSHA) from then on: so calls that are under way together keep their order.
 * Only when Redis forgot it on a connection that stayed (`SCRIPT FLUSH`) does a call come again behind
 * others: `docs/decisions/0013-evalsha.md`.
 *
 * Every script finds Redis' time in its local `now`, in whole ms: the clocks of the processes that send
 * it do not matter, and only durations are sent.
 *
 * Every script is safe to run twice with the same arguments, because ioredis resends a command whose
 * reply was lost; `test/integration/*scripts-run-twice.test.ts` run each twice.
 *
 * It is called by the names that it declares: they are locals in its Lua, and a missing name, or another
 * that is written out, is a type error here. See `CONTRIBUTING.md`, "Adding a script".
 */
export function script<const D extends Named>(url: URL, declared: D): NamedScript<D> {
  const { each, rest, behind = [] } = declared;
  const functions = behind.map(sourceOf);
  const body = joined([...functions, unpacked(declared), sourceOf({ ...declared, url })]);
  const text = textOf(REDIS_TIME, body);
  sources.set(url.pathname, text.source);
  /** For tests. */
  let atSetTime: Text | undefined;
  return {
    run: async (redis, names) => {
      const given: { readonly items?: readonly object[] } = names;
      const list: readonly string[] = rest === undefined ? [] : Reflect.get(given, rest);
      const all = (which: "keys" | "args") =>
        (given.items ?? []).flatMap((item) => valuesOf(item, each?.[which]));
      const keys = [...valuesOf(given, declared.keys), ...all("keys")];
      const args = [...valuesOf(given, declared.args), ...list, ...all("args")];
      const sent = [keys.length, ...keys, ...args];
      const setTime = setTimes.get(redis);
      const reply: unknown = await (setTime === undefined
        ? send(redis, text, sent)
        : send(redis, (atSetTime ??= textOf(SET_TIME, body)), [...sent, setTime()]));
      // What Lua answers is one of these by the protocol.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      return reply as Reply;
    },
  };
}

/** The types of the names hold them to be there; one that may be missing is left out. */
function valuesOf(given: object, names: readonly string[] = []): string[] {
  const values: (string | undefined)[] = names.map((name) => Reflect.get(given, plain(name)));
  return values.filter((value) => value !== undefined);
}

/** @throws when the reply is none of `known` */
export function asOneOf<T extends string>(reply: Reply | undefined, known: readonly T[]): T {
  const text = asText(reply);
  const found = known.find((value) => value === text);
  if (found === undefined) throw new TypeError(`script answered ${text ?? "nothing"}`);
  return found;
}

/** @throws when the reply is no list, which would be a fault of the script */
export function asList(reply: Reply | undefined): readonly Reply[] {
  if (Array.isArray(reply)) return reply as readonly Reply[];
  throw new TypeError("script answered no list");
}

export function asText(reply: Reply | undefined): string | undefined {
  if (Buffer.isBuffer(reply)) return reply.toString();
  return typeof reply === "number" ? String(reply) : undefined;
}

export function asNumber(reply: Reply | undefined): number | undefined {
  const text = asText(reply);
  return text === undefined || text === "" ? undefined : Number(text);
}
