/** Two queues a model version: BullMQ would let bulk starve beside interactive work in one. */
export type JobClass = "interactive" | "bulk";
export const jobClasses: readonly JobClass[] = ["interactive", "bulk"];

/** `shadow`: what nobody waits for, and what is run only when nothing of the others waits. */
export type LaneClass = JobClass | "shadow";
export const laneClasses: readonly LaneClass[] = [...jobClasses, "shadow"];

/** A model version and a class of work: what has a queue of its own. */
export interface Lane {
  /** `<name>@<version>` */
  readonly model: string;
  readonly class: LaneClass;
}

/** Also the name of the lane's BullMQ queue, e.g. `faq-javascript@1.interactive`. */
export function laneName(lane: Lane): string {
  return `${lane.model}.${lane.class}`;
}

/** @throws when the name was not made by `laneName` */
export function parseLane(name: string): Lane {
  const dot = name.lastIndexOf(".");
  const jobClass = laneClasses.find((known) => known === name.slice(dot + 1));
  if (dot < 1 || jobClass === undefined) throw new Error(`not a lane: ${name}`);
  return { model: name.slice(0, dot), class: jobClass };
}

/**
 * Rows of shadows that run together at most: a live job that comes meanwhile waits for them.
 *
 * @param rowsMax of a tensor batch
 */
export function shadowRows(rowsMax: number): number {
  return Math.ceil(rowsMax / 4);
}

/** A value for each class. */
export function byClass<T>(of: (laneClass: LaneClass) => T): Readonly<Record<LaneClass, T>> {
  return { interactive: of("interactive"), bulk: of("bulk"), shadow: of("shadow") };
}
