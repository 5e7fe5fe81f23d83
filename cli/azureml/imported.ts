import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { manifestSchema } from "../../shared/model/manifest.ts";
import type { ModelVersion } from "../../shared/model/registry.ts";
import { access } from "./access.ts";
import type { Counterpart, Counterparts, Target } from "./counterpart.ts";
import type { DeploymentConfig } from "./deployment-config.ts";
import { describing } from "./describing.ts";
import { fields, type Field, type Values } from "./fields.ts";
import { scaling } from "./scaling.ts";
import { serving } from "./serving.ts";

/** In the order in which they are reported. */
export const COUNTERPARTS: Counterparts = { ...serving, ...scaling, ...access, ...describing };

/** A setting, and what became of it. */
export interface Setting {
  readonly name: string;
  readonly value: unknown;
  /** False when the file does not have it: the value is Azure's default. */
  readonly isSaid: boolean;
  readonly counterpart: Counterpart;
}

/** One file: a version of the service, which is a variant of the endpoint here. */
export interface Imported {
  /** Of the file. */
  readonly path: string;
  readonly variant: string;
  readonly version: ModelVersion;
  readonly settings: readonly Setting[];
}

/** What becomes of each setting that the file or Azure gives a value. */
export function settingsOf({ said }: DeploymentConfig, target: Target): readonly Setting[] {
  return FIELDS.flatMap((name) => {
    const counterpart = counterpartOf(name, COUNTERPARTS[name], target);
    const isSaid = said.has(name);
    if (counterpart === undefined) return [];
    return [{ name, value: target.config[name], isSaid, counterpart }];
  });
}

// Keys of an object are what its type says when it is written out, as `fields` is.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const FIELDS = Object.keys(fields) as Field[];

function counterpartOf<K extends Field>(
  field: K,
  row: Counterparts[K],
  target: Target,
): Counterpart | undefined {
  const value: Values[K] | undefined = target.config[field];
  return value === undefined ? undefined : row(value, target);
}

/** All that settings become in one of the places. */
export function membersOf<K extends "manifest" | "deploy" | "endpoint" | "variant">(
  { settings }: Imported,
  place: K,
): NonNullable<Counterpart[K]> {
  return Object.assign({}, ...settings.map(({ counterpart }) => counterpart[place]));
}

/** The version with its new manifest, and that as text; undefined where nothing changes. */
export function changedManifest(imported: Imported): {
  readonly version: ModelVersion;
  readonly text: string | undefined;
} {
  const { version } = imported;
  const raw = z
    .record(z.string(), z.unknown())
    .parse(JSON.parse(readFileSync(join(version.folder, "manifest.json"), "utf8")));
  const changed = { ...raw, ...membersOf(imported, "manifest") };
  const isSame = JSON.stringify(changed) === JSON.stringify(raw);
  return {
    version: { ...version, manifest: manifestSchema.parse(changed) },
    text: isSame ? undefined : `${JSON.stringify(changed, null, 2)}\n`,
  };
}
