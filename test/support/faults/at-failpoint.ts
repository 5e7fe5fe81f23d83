import type { Failpoint } from "../../../shared/failpoint.ts";

/** Environment with which a role ends by SIGKILL at a point. @param time 1 for the first it is there */
export function atFailpoint(point: Failpoint, time = 1): Record<string, string> {
  const listener = new URL("./failpoints.ts", import.meta.url).href;
  return {
    NODE_OPTIONS: `--import=${listener}`,
    FAILPOINT: point,
    FAILPOINT_TIME: String(time),
  };
}
