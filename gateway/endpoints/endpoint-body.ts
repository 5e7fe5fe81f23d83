import { definitionSchema, type Definition } from "../../shared/endpoint/definition.ts";
import type { Endpoint } from "../../shared/endpoint/endpoints.ts";
import { fault } from "../../shared/error.ts";
import { parseJson, parseWith } from "../http/parse-json.ts";

/** What answers say beside the definition: whoever sends an answer back need not take it out. */
const READ_ONLY = new Set([
  "object",
  "name",
  "revision",
  "created_at",
  "updated_at",
  "history",
  "capture_state",
  "urls",
]);
/** And of a shadow. */
const READ_ONLY_OF_VARIANT = new Set(["traffic", "state"]);

/**
 * A whole endpoint.
 *
 * @param name in the path
 * @throws {ScoringError} `invalid_json`, `invalid_input`, `unknown_field`
 */
export function readDefinition(body: Buffer, name: string): Definition {
  const given = parseJson(body);
  checkName(given, name);
  return parseWith(definitionSchema, writable(given), "");
}

/**
 * A JSON merge patch (RFC 7396) of what is there: members of objects that are null go, lists are
 * replaced whole. Throws as `readDefinition`.
 */
export function readPatch(
  body: Buffer,
  { name, definition }: Pick<Endpoint, "name" | "definition">,
): Definition {
  const patch = parseJson(body);
  checkName(patch, name);
  if (!isObject(patch) || Array.isArray(patch))
    throw fault("invalid_input", "", "must be an object");
  return parseWith(definitionSchema, merged(definition, writable(patch)), "");
}

function checkName(given: unknown, name: string): void {
  const said: unknown = isObject(given) ? Reflect.get(given, "name") : undefined;
  if (said === undefined || said === name) return;
  throw fault("invalid_input", "/name", `is not ${name}, which the path says`);
}

function writable(given: unknown): unknown {
  if (!isObject(given) || Array.isArray(given)) return given;
  const kept = without(given, READ_ONLY);
  return { ...kept, ...writableList(kept, "variants"), ...writableList(kept, "shadows") };
}

function writableList(given: object, name: "variants" | "shadows"): object {
  const list: unknown = Reflect.get(given, name);
  if (!Array.isArray(list)) return {};
  const all: readonly unknown[] = list;
  return { [name]: all.map((it) => (isObject(it) ? without(it, READ_ONLY_OF_VARIANT) : it)) };
}

function without(given: object, names: ReadonlySet<string>): object {
  return Object.fromEntries(Object.entries(given).filter(([name]) => !names.has(name)));
}

/** @see https://www.rfc-editor.org/rfc/rfc7396#section-2 */
function merged(target: unknown, patch: unknown): unknown {
  if (!isObject(patch) || Array.isArray(patch)) return patch;
  const all = new Map<string, unknown>(isObject(target) ? Object.entries(target) : []);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) all.delete(name);
    else all.set(name, merged(all.get(name), value));
  }
  return Object.fromEntries(all);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
