import { readFileSync } from "node:fs";
import { beginOf } from "./keys.ts";

/** Fields of a record as Lua knows them; `FieldTable` is one. */
interface LuaFields {
  readonly fields: Readonly<
    Record<string, readonly [letter: string, codec: unknown, parts?: readonly string[]]>
  >;
}

/** A Lua file, and the records that it reads and writes. */
export interface LuaFile {
  readonly url: URL;
  /** By the name of a function that is made for it, `local r = readThis(key)`: what it reads. */
  readonly reads?: Readonly<Record<string, LuaFields>>;
  /** By the name of a table that is made for it, `THIS.status`: what it calls the fields that it writes. */
  readonly writes?: Readonly<Record<string, LuaFields>>;
}

/** What a script is called with, by name. The order is that of `KEYS` and `ARGV`. */
export interface Declaration {
  /** The last one may end in `?`: there may be none. */
  readonly keys?: readonly string[];
  readonly args?: readonly string[];
  /** What there is any number of: `for item in items() do … item.id … end`. */
  readonly each?: { readonly keys?: readonly string[]; readonly args?: readonly string[] };
  /** A list behind the arguments, up to some thousand long, such as what HSET writes. */
  readonly rest?: string;
}

/** Makes locals of what a script is called with. */
export function unpacked({ keys: keyNames = [], args = [], each, rest }: Declaration): string {
  return [
    locals(keyNames, "KEYS"),
    locals(args, "ARGV"),
    ...(rest === undefined ? [] : [`local ${rest} = { unpack(ARGV, ${args.length + 1}) }`]),
    ...(each === undefined ? [] : [iterator(each, keyNames.length, args.length)]),
  ].join("\n");
}

function locals(names: readonly string[], list: string): string {
  const values = names.map((_, i) => `${list}[${i + 1}]`);
  return names.length === 0 ? "" : `local ${names.map(plain).join(", ")} = ${values.join(", ")}`;
}

/** A key that may be missing is `nil` then. */
export function plain(name: string): string {
  return name.replace(/\?$/, "");
}

function iterator(
  { keys: keyNames = [], args = [] }: NonNullable<Declaration["each"]>,
  keysBefore: number,
  argsBefore: number,
): string {
  const members = [
    ...keyNames.map((name, i) => [name, `KEYS[k + ${i + 1}]`] as const),
    ...args.map((name, i) => [name, `ARGV[a + ${i + 1}]`] as const),
  ];
  return [
    "local function items()",
    `local k, a = ${keysBefore - keyNames.length}, ${argsBefore - args.length}`,
    "return function()",
    `k, a = k + ${keyNames.length}, a + ${args.length}`,
    `if not ${members[0]?.[1]} then return end`,
    `return { ${members.map(([name, value]) => `${name} = ${value}`).join(", ")} }`,
    "end",
    "end",
  ].join("\n");
}

/** The file as it is sent: without comment lines and indentation, with what it is said to read and write. */
export function sourceOf({ url, reads = {}, writes = {} }: LuaFile): string {
  const body = readFileSync(url, "utf8")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("--"))
    .join("\n");
  const tables = Object.entries(writes).map(([name, { fields }]) =>
    table(name, body, (field) => `'${fields[field]?.[0] ?? unknown(url, `${name}.${field}`)}'`),
  );
  return [...Object.entries(reads).map(reader), ...tables, body].join("\n");
}

function reader([name, { fields }]: readonly [string, LuaFields]): string {
  const all = Object.entries(fields);
  const parts = all.flatMap(([, [, , names]], i) =>
    names === undefined
      ? []
      : [
          `${names.map((part) => `r.${part}`).join(", ")} = string.match(r[${i + 1}] or '', '^${names.map(() => "(%S*)").join(" ")}$')`,
        ],
  );
  return [
    `local function ${name}(key)`,
    `local r = redis.call('HMGET', key, ${all.map(([, [letter]]) => `'${letter}'`).join(", ")})`,
    `${all.map(([field]) => `r.${field}`).join(", ")} = ${all.map((_, i) => `r[${i + 1}]`).join(", ")}`,
    ...parts,
    "return r",
    "end",
  ].join("\n");
}

/** Where keys that scripts make themselves begin, in the partition of the first key: `keys.job .. id`. */
export function keyTable(source: string, url: URL): string {
  const begins = table(
    "keys",
    source,
    (name) => `partition .. '${beginOf(name) ?? unknown(url, `keys.${name}`)}'`,
  );
  return begins === "" ? "" : `local partition = string.match(KEYS[1], '^{[^}]*}')\n${begins}`;
}

/** A Lua table of those members alone that a text names. */
function table(name: string, text: string, valueOf: (member: string) => string): string {
  const named = new Set(
    [...text.matchAll(new RegExp(`\\b${name}\\.(\\w+)`, "g"))].map(([, it = ""]) => it),
  );
  const members = [...named].map((member) => `${member} = ${valueOf(member)}`);
  return members.length === 0 ? "" : `local ${name} = { ${members.join(", ")} }`;
}

function unknown(url: URL, name: string): never {
  throw new TypeError(`${url.pathname}: there is no ${name}`);
}
