import { definitionOf, printed, readEndpoints, type Described } from "../endpoints/definitions.ts";
import { endpointPath, endpointSchema, findEndpoint, ifStill } from "../endpoints/endpoint.ts";
import { Gateway } from "../http/gateway.ts";
import { answerOptions } from "../http/options.ts";
import { CommandError, type Command } from "../terminal/command.ts";
import { changedLines } from "../terminal/changed-lines.ts";
import { messageOf } from "../../shared/message-of.ts";

/** `endpoints apply`: endpoints become what a file says. */
export const endpointsApply: Command = {
  name: "endpoints apply",
  usage: "-f FILE",
  summary: "Creates and changes endpoints, as a file says.",
  about: `FILE is JSON: an endpoint as endpoints get --json prints it, with its name, or a
list of them. What it does not say gets its default. An endpoint that is so
already is left alone, so it may run again at any time; endpoints that the file
does not name are left alone too. Needs a key with the scope operator.`,
  options: {
    "-f FILE": "the file; - for stdin",
    "--diff": "print what would change, and change nothing; exit code 1 if anything would",
    ...answerOptions,
    "--json": `an array of {"name", "result", "endpoint"}; result: created, changed or unchanged, or what it would be`,
  },
  examples: ["endpoints apply -f photos.json", "endpoints apply -f endpoints.json --diff"],
  async run(given, shell): Promise<number> {
    const gateway = new Gateway(given, shell);
    const described = await readEndpoints(String(given.flags["f"]), shell);
    const isDry = given.flags["diff"] === true;
    const isJson = given.flags["json"] === true;
    const all: Applied[] = [];
    for (const one of described) {
      const applied = await named(one, async () => apply(one, gateway, isDry));
      all.push(applied);
      if (!isJson) for (const line of linesOf(applied, isDry)) shell.print(line);
    }
    if (isJson) shell.print(JSON.stringify(all.map(jsonOf), null, 2));
    return isDry && all.some(({ result }) => result !== "unchanged") ? 1 : 0;
  },
};

interface Applied {
  readonly name: string;
  readonly result: "created" | "changed" | "unchanged";
  /** As the gateway shows it now; undefined while there is none. */
  readonly endpoint: unknown;
  /** Lines of its definition, with what goes and what comes. */
  readonly changes: readonly string[];
}

async function apply(
  { name, given, definition }: Described,
  gateway: Gateway,
  isDry: boolean,
): Promise<Applied> {
  const seen = await findEndpoint(gateway, name);
  const after = printed(definition);
  const before = seen && printed(definitionOf(seen, name, "what the gateway has"));
  if (before === after) return { name, result: "unchanged", endpoint: seen, changes: [] };
  const result = seen === undefined ? "created" : "changed";
  const changes = changedLines(before ?? "", after);
  if (isDry) return { name, result, endpoint: seen, changes };
  const path = endpointPath(name);
  const body = JSON.stringify(given);
  const put = { path, method: "PUT", headers: ifStill(seen), body };
  return { name, result, endpoint: await gateway.json(put, endpointSchema), changes };
}

function linesOf({ name, result, changes }: Applied, isDry: boolean): readonly string[] {
  if (result === "unchanged") return [`${name} is unchanged`];
  return isDry ? [`${name} would be ${result}:`, ...changes] : [`${name} is ${result}`];
}

function jsonOf({ name, result, endpoint = null }: Applied): object {
  return { name, result, endpoint };
}

/** Of several endpoints, one is at fault. */
async function named<T>({ name }: Described, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof CommandError)) throw cause;
    throw new CommandError(`${name}: ${messageOf(cause)}`, { cause });
  }
}
