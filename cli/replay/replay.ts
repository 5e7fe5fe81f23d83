import { z } from "zod";
import { reportSchema } from "../endpoints/comparison.ts";
import { endpointPath } from "../endpoints/endpoint.ts";
import { retrying } from "../batch/retrying.ts";
import type { Gateway } from "../http/gateway.ts";
import type { LiveLine } from "../terminal/live-line.ts";

/** As the gateway shows a replay. */
export const replaySchema = z.looseObject({
  id: z.string(),
  endpoint: z.string(),
  status: z.string(),
  batch: z.string(),
  model: z.string(),
  candidate_batch: z.string(),
  candidate: z.string(),
  items: z.number(),
  compared: z.number(),
  left_out: z.number(),
  comparison: reportSchema,
  disagreements: z.array(
    z.looseObject({
      index: z.number(),
      custom_id: z.string().nullable(),
      difference: z.string(),
    }),
  ),
  error: z.looseObject({ detail: z.string() }).nullable(),
  completed_at: z.string().nullable(),
});

export type Replay = z.infer<typeof replaySchema>;

/** The gateway answers at its end, or after this. */
const LOOK_SECONDS = 1;

/** Where a gateway has replays for an endpoint, or one of them. */
export function replaysPath(endpoint: string, id?: string): string {
  const path = `${endpointPath(endpoint)}/replays`;
  return id === undefined ? path : `${path}/${encodeURIComponent(id)}`;
}

/** The replay once it is over; says how far it is. */
export async function followReplay(
  { endpoint, id }: Pick<Replay, "endpoint" | "id">,
  gateway: Gateway,
  line: LiveLine,
): Promise<Replay> {
  const path = replaysPath(endpoint, id);
  const headers = { prefer: `wait=${LOOK_SECONDS}` };
  const look = async () =>
    retrying(async () => gateway.json({ path, headers }, replaySchema), gateway.signal);
  try {
    for (;;) {
      const replay = await look();
      if (replay.completed_at !== null) return replay;
      line.show(() => `${replay.status}, ${replay.compared} of ${replay.items} compared`);
    }
  } finally {
    line.clear();
  }
}
