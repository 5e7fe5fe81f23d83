import type { Clock } from "../../shared/clock.ts";
import type { Logger } from "../../shared/log.ts";
import type { Lane } from "../../shared/lane.ts";
import type { Settler } from "../../shared/job/settle.ts";
import type { Redis } from "../../shared/redis/connection.ts";
import type { ItemEnd } from "./chunk-lines.ts";
import type { Carrier, Task } from "./task.ts";

/** What carriers reach Redis with. */
export interface CarrierTools {
  readonly redis: Redis;
  readonly clock: Clock;
  readonly settler: Settler;
  readonly logger: Logger;
  /** Told of every item of a batch whose end was recorded. */
  readonly onItemEnded: (lane: Lane, end: ItemEnd) => void;
}

/** The tasks of a tensor batch, by what carries them. */
export function byCarrier(tasks: readonly Task[]): readonly (readonly [Carrier, Task[]])[] {
  return [...Map.groupBy(tasks, (task) => task.carrier)];
}
