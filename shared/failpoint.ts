import { channel } from "node:diagnostics_channel";

/**
 * Points in the life of a job at which a process may die without anything being lost. The faults
 * suite has processes end right there (`test/support/faults/failpoints.ts`); nobody else listens.
 */
export const failpoints = [
  // gateway
  "input stored",
  "accepted",
  "shift added",
  "requeued",
  "chunk appended",
  // gateway or courier
  "batch stepped",
  // worker
  "taken",
  "run begins",
  "run ended",
  // worker or gateway
  "settled",
  // courier
  "given back",
  "shift mended",
  "overdue ended",
  "deliveries claimed",
  "delivery posted",
  "lines captured",
  "pair counted",
  "replay copied",
  "replay counted",
] as const;

export type Failpoint = (typeof failpoints)[number];

/** The channel on which a process says that it is at a point. */
export function failpointChannel(point: Failpoint): string {
  return `scoreline:${point}`;
}

const channels = new Map(failpoints.map((point) => [point, channel(failpointChannel(point))]));

/** Says that a point is reached. Costs next to nothing while nobody listens. */
export function failpoint(point: Failpoint): void {
  channels.get(point)?.publish(undefined);
}
