import { readCapturedPack, type CapturedPack } from "../../../shared/capture/captured-pack.ts";
import type { CapturedEntry, TakenEntry } from "../../../shared/capture/captures.ts";
import { contractOf } from "../../../shared/model/manifest.ts";
import type { PipelineContract } from "../../../shared/model/pipelines/contract.ts";
import type { ModelVersion, Registry } from "../../../shared/model/registry.ts";
import type { Redis } from "../../../shared/redis/connection.ts";
import { pathOf } from "./folder.ts";
import { linesOf, type Lines } from "./lines.ts";
import type { RulesView } from "./rules.ts";

export interface EntryContext {
  readonly redis: Redis;
  readonly rules: Pick<RulesView, "find">;
  readonly registry: Registry;
  /** Names the files. */
  readonly courier: string;
}

export interface EntryLines {
  /** By the file they belong into. */
  readonly lines: ReadonlyMap<string, readonly string[]>;
  readonly taken: TakenEntry;
}

/** What is to be written of a pack, and what there is to say of it when it is. */
export async function linesOfEntry(
  entry: CapturedEntry,
  context: EntryContext,
): Promise<EntryLines> {
  const { redis, rules, registry, courier } = context;
  const nothing = { entry, written: 0, gone: 0, unreadable: 0 };
  const pack = await readCapturedPack(redis, entry.pack);
  // It was retried since: what comes of that is captured in its turn.
  if (pack === "running" || (pack !== undefined && pack.attempt !== entry.attempt)) {
    return { lines: new Map(), taken: nothing };
  }
  const rule = pack && rules.find(pack.via.endpoint);
  if (pack === undefined || rule === undefined) {
    return { lines: new Map(), taken: { ...nothing, gone: entry.jobs } };
  }
  const version = registry.find(pack.model);
  const contract = version && contractFor(version);
  const made = linesOf(pack, { redaction: rule.redaction, contract });
  const { gone, unreadable, inputs, predictions } = made;
  const written = inputs.length + predictions.length;
  return {
    lines: filesOf(pack, made, courier),
    taken: { entry, written, gone, unreadable },
  };
}

/** Both kinds are of the hour in which the pack ended, so that they stand in files of the same name. */
function filesOf(pack: CapturedPack, { inputs, predictions }: Lines, courier: string) {
  const files = Object.entries({ inputs, predictions }).filter(([, lines]) => lines.length > 0);
  return new Map(
    files.map(([kind, lines]) => [pathOf(pack.via, kind, pack.endedAtMs, courier), lines]),
  );
}

const contracts = new WeakMap<ModelVersion, PipelineContract>();

/** Making one costs more than using it. */
function contractFor(version: ModelVersion): PipelineContract {
  const known = contracts.get(version);
  if (known !== undefined) return known;
  const contract = contractOf(version.manifest);
  contracts.set(version, contract);
  return contract;
}
