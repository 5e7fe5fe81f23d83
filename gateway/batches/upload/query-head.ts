import type { Context } from "hono";
import { ScoringError } from "../../../shared/error.ts";
import { parseWith } from "../../http/parse-json.ts";
import { numberOr } from "../../http/query.ts";
import { batchSchema, type batchMembers, type BatchRequest } from "./batch-request.ts";

/** Members of a batch that a query can say; all else in it are parameters of the model. */
const MEMBERS = ["model", "priority"] as const;
const NUMBERS = [
  "completion_window_ms",
  "max_failed",
  "retention_ms",
] as const satisfies readonly (keyof typeof batchMembers)[];
const SWITCHES = ["sink", "keep_inputs"] as const;

/** Query members of the request itself. */
const OWN: ReadonlySet<string> = new Set(["wait", "from", "variant"]);

/**
 * What a batch is to be, said in the query, for bodies that hold nothing but items.
 *
 * @throws {ScoringError} `invalid_input`, naming the parameter
 */
export async function headOfQuery(c: Context): Promise<BatchRequest> {
  const given = Object.entries(c.req.query()).filter(([name]) => !OWN.has(name));
  const isMember = (name: string) =>
    [...MEMBERS, ...NUMBERS, ...SWITCHES].some((it) => it === name);
  const members = given.filter(([name]) => isMember(name));
  const parameters = given.filter(([name]) => !isMember(name));
  const head = {
    ...Object.fromEntries(
      members.map(([name, text]) => [name, name === "model" ? text : valueOf(name, text)]),
    ),
    ...(parameters.length === 0
      ? {}
      : {
          parameters: Object.fromEntries(parameters.map(([name, text]) => [name, numberOr(text)])),
        }),
  };
  if (!("model" in head)) {
    throw new ScoringError("invalid_input", "Name the model in the query: ?model=NAME", {
      faults: [{ detail: "is missing", parameter: "model" }],
    });
  }
  return inQuery(() => parseWith(batchSchema, head, ""));
}

/** Faults of what stood in the query are named by parameter: there is no body to point at. */
export async function inQuery<T>(read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof ScoringError) || error.faults.length === 0) throw error;
    const faults = error.faults.map(({ detail, pointer = "" }) => ({
      detail,
      parameter: pointer.replace(/^\/(?:parameters\/)?/, ""),
    }));
    const message = faults.map(({ parameter, detail }) => `?${parameter}= ${detail}`).join("; ");
    const { members, unlisted } = error;
    throw new ScoringError(error.code, message, { faults, unlisted, members });
  }
}

function valueOf(name: string, text: string): number | string | boolean {
  const isSwitch = SWITCHES.some((it) => it === name) && /^(?:true|false)$/.test(text);
  return isSwitch ? text === "true" : numberOr(text);
}
