import { readFile } from "node:fs/promises";
import { text as textOf } from "node:stream/consumers";
import { readDefinition } from "../../gateway/endpoints/endpoint-body.ts";
import type { Definition } from "../../shared/endpoint/definition.ts";
import { messageOf } from "../../shared/message-of.ts";
import { CommandError, type Shell } from "../terminal/command.ts";
import { jsonOf } from "../terminal/json.ts";

/** An endpoint as a file describes it. */
export interface Described {
  readonly name: string;
  /** As it stands in the file. */
  readonly given: object;
  /** With what a gateway adds where the file is silent. */
  readonly definition: Definition;
}

/**
 * The endpoints of a file: one, or a list.
 *
 * @param path `-` for stdin
 * @throws {CommandError} when it cannot be read, or one of them is at fault, naming where
 */
export async function readEndpoints(path: string, shell: Shell): Promise<readonly Described[]> {
  const label = path === "-" ? "stdin" : path;
  const given = jsonOf(await read(path, shell), label);
  const all: readonly unknown[] = Array.isArray(given) ? given : [given];
  const described = all.map((one, i) =>
    describe(one, Array.isArray(given) ? `${label}, endpoint ${i + 1}` : label),
  );
  const names = described.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new CommandError(`${label}: ${twice} is there twice`);
  return described;
}

async function read(path: string, { input }: Shell): Promise<string> {
  try {
    return await (path === "-" ? textOf(input) : readFile(path, "utf8"));
  } catch (cause) {
    throw new CommandError(`cannot read ${path}: ${messageOf(cause)}`, { cause });
  }
}

function describe(given: unknown, label: string): Described {
  const isObject = typeof given === "object" && given !== null;
  const name: unknown = isObject ? Reflect.get(given, "name") : undefined;
  if (!isObject || typeof name !== "string") {
    throw new CommandError(`${label}: has no "name"`);
  }
  return { name, given, definition: definitionOf(given, name, label) };
}

/**
 * What its owner says of an endpoint, without what a gateway answers beside it.
 *
 * @throws {CommandError} beginning with the label
 */
export function definitionOf(given: object, name: string, label: string): Definition {
  try {
    return readDefinition(Buffer.from(JSON.stringify(given)), name);
  } catch (cause) {
    throw new CommandError(`${label}: ${messageOf(cause)}`, { cause });
  }
}

/** The same text for definitions that mean the same. */
export function printed(definition: Definition): string {
  const [tags, properties] = [sorted(definition.tags), sorted(definition.properties)];
  return JSON.stringify(sorted({ ...definition, tags, properties }), null, 2);
}

function sorted(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(members).toSorted(([one], [other]) => one.localeCompare(other)),
  );
}
