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
  /** By a name, `THIS.status`: fields that it writes. */
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
    ...keyNames.map((name, i) => `${name} = KEYS[k + ${i + 1}]`),
    ...args.map((name, i) => `${name} = ARGV[a + ${i + 1}]`),
  ];
  return `local function items()
local k, a = ${keysBefore}, ${argsBefore}
return function()
if k >= #KEYS and a >= #ARGV then return end
local item = { ${members.join(", ")} }
k, a = k + ${keyNames.length}, a + ${args.length}
return item
end
end`;
}

/** In front of what makes keys by itself: they are of the partition of its first key. */
const PARTITION = "local partition = string.match(KEYS[1], '^{[^}]*}')";

/** Puts Lua together; `parts` are made by `sourceOf`. */
export function joined(parts: readonly string[]): string {
  const makesKeys = parts.some((part) => /\bpartition\b/.test(part));
  return [makesKeys ? PARTITION : "", ...parts].filter((part) => part !== "").join("\n");
}

/**
 * The file as it is sent: with functions for what it reads, with fields and keys that it names put in as
 * they are called in Redis, without comment lines and indentation.
 */
export function sourceOf({ url, reads = {}, writes = {} }: LuaFile): string {
  const inRedis = (whole: string, of: string, name: string): string => {
    const begin = of === "keys" ? beginOf(name) : undefined;
    if (begin !== undefined) return `partition .. '${begin}'`;
    const field = writes[of]?.fields[name];
    if (field !== undefined) return `'${field[0]}'`;
    if (of !== "keys" && writes[of] === undefined) return whole;
    throw new TypeError(`${url.pathname}: there is no ${whole}`);
  };
  const body = readFileSync(url, "utf8")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("--"))
    .join("\n")
    .replaceAll(/\b(\w+)\.(\w+)/g, inRedis);
  return [...Object.entries(reads).map(reader), body].join("\n");
}

/** What it gives is also a list, in the order of the fields, which a script may answer. */
function reader([name, { fields }]: readonly [string, LuaFields]): string {
  const all = Object.entries(fields).map(([field, [letter, , parts = []]], i) => ({
    letter: `'${letter}'`,
    value: `r[${i + 1}]`,
    named: [`${field} = r[${i + 1}]`, ...parts.map((part) => `${part} = ${part}`)].join(", "),
    split: parts.length === 0 ? "" : partsOf(`r[${i + 1}]`, parts),
  }));
  const listed = (what: "letter" | "value" | "named"): string =>
    all.map((it) => it[what]).join(", ");
  return `local function ${name}(key)
local r = redis.call('HMGET', key, ${listed("letter")})
${all.map(({ split }) => split).join("")}return { ${listed("value")}, ${listed("named")} }
end`;
}

function partsOf(packed: string, parts: readonly string[]): string {
  const pattern = parts.map(() => "(%S*)").join(" ");
  return `local ${parts.join(", ")} = string.match(${packed} or '', '^${pattern}$')\n`;
}
