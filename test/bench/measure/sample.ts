/** What one measurement gave. It is kept as JSON. */
export interface Sample {
  /** What was measured, by name: `rate` a second, `p50Ms`, `commands` a request, and so on. */
  readonly figures: Readonly<Record<string, number>>;
  /** CPU time a request in µs, by what the processes are; the load generator is one. */
  readonly cpuMicros: Readonly<Record<string, number>>;
  /** Cores that processes not ours, and the host, were busy on meanwhile. */
  readonly foreignCores: number;
  /** Answers that were not what the reference says. */
  readonly wrong: number;
  /** Answers that said no, or never came. */
  readonly refused: number;
  /** A few of those. */
  readonly examples: readonly string[];
}

/** A sample that was disturbed by more than this is taken again, in cores. */
export const FOREIGN_CORES_MAX = 0.15;

export function isClean({ foreignCores }: Sample): boolean {
  return foreignCores <= FOREIGN_CORES_MAX;
}
