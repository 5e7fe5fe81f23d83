import { ScoringError, type ErrorCode } from "../../shared/error.ts";
import type { Quota } from "../../shared/job/quota.ts";

/**
 * What a refusal over capacity says of the limit: nothing is left until some jobs have ended.
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
 */
export function rateLimitHeaders(code: ErrorCode, quota: Quota): Record<string, string> {
  if (code === "quota_exceeded") return usedUp("tenant-outstanding", quota.tenantJobs, "jobs");
  return code === "queue_full" ? usedUp("queue-outstanding", quota.laneJobs, "jobs") : {};
}

/** A refusal that knows its limit: its headers are the answer's. */
export class LimitReached extends ScoringError {
  readonly headers: Record<string, string>;

  constructor(message: string, headers: Record<string, string>) {
    super("quota_exceeded", message);
    this.headers = headers;
  }
}

/** What a refusal says of a limit that is used up. @param unit what it counts */
export function usedUp(policy: string, most: number, unit: string): Record<string, string> {
  return {
    "ratelimit-policy": `"${policy}";q=${most};qu="${unit}"`,
    ratelimit: `"${policy}";r=0`,
  };
}
