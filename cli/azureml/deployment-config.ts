import { parse } from "yaml";
import { z } from "zod";
import { messageOf } from "../../shared/message-of.ts";
import { CommandError } from "../terminal/command.ts";
import { ALIASES, fields, MAPS, type Config } from "./fields.ts";
import { faultsBetween } from "./rules.ts";

/** A deployment configuration as it was read. */
export interface DeploymentConfig {
  readonly config: Config;
  /** What the file itself says; the rest of `config` are Azure's defaults. */
  readonly said: ReadonlySet<string>;
  /** Settings of the file that nobody documents. */
  readonly unknown: readonly string[];
}

const schema = z.looseObject(fields).partial().required({ computeType: true });

/**
 * Reads the `deploymentconfig.json` of `az ml model deploy --dc`, which may be YAML too.
 *
 * @param text of the file @param path of the file, for messages
 * @throws {CommandError} naming every setting that is at fault
 */
export function readDeploymentConfig(text: string, path: string): DeploymentConfig {
  const document = parsed(text.trimStart(), path);
  refuseOthers(document, path);
  const given = flat(document);
  const { data, error } = schema.safeParse(given);
  const faults = error?.issues.map(faultOf) ?? [];
  const known = new Set<string>(Object.keys(fields));
  const unknown = Object.keys(given).filter((name) => !known.has(name));
  for (const name of unknown) {
    if (isGroup(name)) faults.push(`${name}: must be an object`);
  }
  if (data !== undefined) faults.push(...faultsBetween(data));
  if (data === undefined || faults.length > 0) throw faulty(path, faults);
  const said = new Set(Object.keys(given));
  return { config: { ...azureDefaults(data), ...data }, said, unknown };
}

/** @param text without the byte order mark that Windows puts first */
function parsed(text: string, path: string): object {
  let document: unknown;
  try {
    document = text.startsWith("{") ? JSON.parse(text) : parse(text);
  } catch (error) {
    throw new CommandError(`${path} is neither JSON nor YAML: ${messageOf(error)}`);
  }
  if (typeof document === "object" && document !== null && !Array.isArray(document)) {
    return document;
  }
  throw new CommandError(`${path} is not an object with the settings of a deployment`);
}

/** Members that only other files of Azure ML have. */
const OTHERS: Readonly<Record<string, string>> = {
  entryScript: "an inference configuration",
  environment: "an inference configuration",
  condaFile: "an inference configuration",
  dependencies: "a conda environment",
  instance_type: "a deployment of version 2 of Azure ML",
  code_configuration: "a deployment of version 2 of Azure ML",
};

function refuseOthers(document: object, path: string): void {
  if ("computeType" in document) return;
  const member = Object.keys(OTHERS).find((name) => name in document);
  if (member === undefined) return;
  throw new CommandError(
    `${path} has "${member}": it is ${OTHERS[member]}. Needed is the deploymentconfig.json, with a
"computeType", that was given to "az ml model deploy --dc". ${NO_PYTHON}`,
  );
}

/** Why nothing of an inference configuration, or of an environment, comes along. */
export const NO_PYTHON =
  "No Python runs here: export the model to ONNX, and write what the entry script does around it " +
  "as pipeline.ts";

/** Settings by their places, `autoScaler.minReplicas`; what is null is not there. */
function flat(document: object, prefix = ""): Record<string, unknown> {
  const entries = Object.entries(document).flatMap(([name, value]: [string, unknown]) => {
    const place = `${prefix}${name}`;
    if (value === null) return [];
    const isNested = typeof value === "object" && !Array.isArray(value) && !MAPS.includes(place);
    return isNested ? Object.entries(flat(value, `${place}.`)) : [[ALIASES[place] ?? place, value]];
  });
  return Object.fromEntries(entries);
}

function isGroup(name: string): boolean {
  return Object.keys(fields).some((field) => field.startsWith(`${name}.`));
}

function faultOf({ path, message }: z.core.$ZodIssue): string {
  return `${path.join(".")}: ${message}`;
}

function faulty(path: string, faults: readonly string[]): CommandError {
  return new CommandError(
    `${path} cannot be imported:\n${faults.map((fault) => `  ${fault}`).join("\n")}`,
  );
}

/** Those that matter here: what Azure does where a file is silent. */
function azureDefaults(said: Config): Config {
  const resources = {
    "containerResourceRequirements.cpu": 0.1,
    "containerResourceRequirements.memoryInGB": 0.5,
  } satisfies Config;
  if (said.computeType === "aci") return { ...resources, authEnabled: false, numReplicas: 1 };
  const scaling: Config = {
    "autoScaler.minReplicas": 1,
    "autoScaler.maxReplicas": 10,
    "autoScaler.targetUtilization": 70,
  };
  return {
    ...resources,
    ...(said.numReplicas === undefined ? scaling : {}),
    scoringTimeoutMs: 60_000,
    maxQueueWaitMs: 500,
    authEnabled: said.tokenAuthEnabled !== true,
  };
}
