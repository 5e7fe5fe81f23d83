import { readCapturedPack, type CapturedPack } from "../../../shared/capture/captured-pack.ts";
import type { CapturedEntry, TakenEntry } from "../../../shared/capture/captures.ts";
import { contractOf } from "../../../shared/model/manifest.ts";
import type { PipelineContract } from "../../../shared/model/pipelines/contract.ts";
import type { ModelVersion, Registry } from "../../../shared/model/registry.ts";
import type { Redis } from "../../../shared/redis/connection.ts";
import { pathOf } from "./folder.ts";
import { labelLine, lineKinds, linesOf, type LineKind, type LineRules } from "./lines.ts";
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
  const { atMs, gone, unreadable, ...kinds } = madeOf(entry, pack, {
    redaction: rule.redaction,
    contract,
  });
  const files = lineKinds.flatMap((kind): [string, readonly string[]][] => {
    const lines = kinds[kind] ?? [];
    return lines.length === 0 ? [] : [[pathOf(pack.via, kind, atMs, courier), lines]];
  });
  const written = files.reduce((sum, [, lines]) => sum + lines.length, 0);
  return { lines: new Map(files), taken: { entry, written, gone, unreadable } };
}

interface Made extends Partial<Readonly<Record<LineKind, readonly string[]>>> {
  /** Whose hour names the file: inputs and predictions stand in files of the same name. */
  readonly atMs: number;
  readonly gone: number;
  readonly unreadable: number;
}

function madeOf({ id, label }: CapturedEntry, pack: CapturedPack, rules: LineRules): Made {
  if (label === undefined) return { ...linesOf(pack, rules), atMs: pack.endedAtMs };
  // Redis names entries by its time.
  const atMs = Number.parseInt(id, 10);
  const line = labelLine(pack, rules, { ...label, atMs });
  const none = { atMs, unreadable: 0 };
  return line === undefined ? { ...none, gone: 1 } : { ...none, gone: 0, labels: [line] };
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
