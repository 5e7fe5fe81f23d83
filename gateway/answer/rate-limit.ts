import type { ErrorCode } from "../../shared/error.ts";
import type { Quota } from "../../shared/queue/accept.ts";

/**
 * What a refusal for want of room says of the limit: nothing is left until some jobs have ended.
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
 */
export function rateLimitHeaders(code: ErrorCode, quota: Quota): Record<string, string> {
  if (code === "quota_exceeded") return headers("tenant-outstanding", quota.tenantJobs);
  return code === "queue_full" ? headers("queue-outstanding", quota.laneJobs) : {};
}

function headers(policy: string, jobs: number): Record<string, string> {
  return {
    "ratelimit-policy": `"${policy}";q=${jobs};qu="jobs"`,
    ratelimit: `"${policy}";r=0`,
  };
}
