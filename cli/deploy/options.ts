import { UsageError, type Arguments } from "../terminal/command.ts";

type Flags = Arguments["flags"];

const DAY_MS = 86_400_000;
const REPLICAS_MAX = 10_000;
const MEMORY_MIB_MAX = 16 * 2 ** 20;

/** What workers run on. */
export type Pool = "cpu" | "gpu";

/** What a person wants of a model's workers; the manifest says the rest. */
export type RenderOptions = Readonly<ReturnType<typeof optionsOf>>;

/** What the options of `deploy render` say. @throws {UsageError} naming the option that is wrong */
export function optionsOf(flags: Flags) {
  const minReplicas =
    flags["min-replicas"] === "0" ? 0 : (wholeOf(flags, "min-replicas", REPLICAS_MAX) ?? 0);
  const maxReplicas = wholeOf(flags, "max-replicas", REPLICAS_MAX);
  if (minReplicas > (maxReplicas ?? REPLICAS_MAX)) {
    throw new UsageError("--min-replicas is more than --max-replicas");
  }
  return {
    /** Undefined: what the manifest names first. */
    pool: poolOf(textOf(flags, "pool")),
    /** From accept to answer, in ms, of interactive and of bulk jobs. */
    waitMs: numberOf(flags, "target-wait-ms", DAY_MS) ?? 1000,
    bulkWaitMs: numberOf(flags, "bulk-target-wait-ms", DAY_MS) ?? 60_000,
    /** Measured, of one slot; undefined: as slow as `models check` lets pass. */
    rowsPerSecond: numberOf(flags, "rows-per-second", 1e9),
    /** Cores of a CPU worker. */
    slots: wholeOf(flags, "slots", 1024) ?? 2,
    minReplicas,
    /** Undefined: 10, and 4 of a GPU. */
    maxReplicas,
    /** Of a worker at least; undefined: what the arithmetic says. */
    memoryMib: wholeOf(flags, "memory-mib", MEMORY_MIB_MAX),
    gpuResource: resourceOf(textOf(flags, "gpu-resource")),
    image: imageOf(textOf(flags, "image")),
    namespace: namespaceOf(textOf(flags, "namespace")),
  };
}

function poolOf(text: string | undefined): Pool | undefined {
  if (text === undefined || text === "cpu" || text === "gpu") return text;
  throw new UsageError('--pool is "cpu" or "gpu"');
}

/** A name of an extended resource: a domain, and a name in it. */
const RESOURCE =
  /^[a-z0-9](?:[-.a-z0-9]{0,251}[a-z0-9])?\/[A-Za-z0-9](?:[-\w.]{0,61}[A-Za-z0-9])?$/;

function resourceOf(text = "nvidia.com/gpu"): string {
  if (RESOURCE.test(text)) return text;
  throw new UsageError("--gpu-resource is DOMAIN/NAME, as nvidia.com/gpu or amd.com/gpu");
}

/** A label of DNS (RFC 1123), as Kubernetes wants it. */
const NAMESPACE = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

function namespaceOf(text: string | undefined): string | undefined {
  if (text === undefined || NAMESPACE.test(text)) return text;
  throw new UsageError(
    "--namespace is 1 to 63 lower-case letters, digits and -, a letter or digit first and last",
  );
}

/** `[HOST[:PORT]/]PATH[:TAG][@DIGEST]`, after the grammar of the distribution project's references. */
const IMAGE = new RegExp(
  [
    String.raw`^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d+)?/)?`,
    String.raw`[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*`,
    String.raw`(?::\w[\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$`,
  ].join(""),
);

function imageOf(text: string | undefined): string | undefined {
  if (text === undefined || IMAGE.test(text)) return text;
  throw new UsageError("--image is [HOST[:PORT]/]PATH[:TAG][@sha256:…], with a path in lower case");
}

/** @throws {UsageError} when it is given and empty */
export function textOf(flags: Flags, name: string): string | undefined {
  const value = flags[name];
  if (value === undefined || typeof value === "boolean") return undefined;
  if (value.trim() !== "") return value;
  throw new UsageError(`--${name} is empty`);
}

/** @throws {UsageError} unless it is more than 0 and at most `most` */
function numberOf(flags: Flags, name: string, most: number): number | undefined {
  const text = textOf(flags, name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (value > 0 && value <= most) return value;
  throw new UsageError(`--${name} is a number above 0, ${most} at most`);
}

function wholeOf(flags: Flags, name: string, most: number): number | undefined {
  const value = numberOf(flags, name, most);
  if (value === undefined || Number.isInteger(value)) return value;
  throw new UsageError(`--${name} is a whole number`);
}
