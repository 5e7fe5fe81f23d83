/** What scripts call the members of a quota. */
export const QUOTA_ARGS = ["laneJobs", "laneBytes", "tenantJobs", "tenantBytes"] as const;

/** Most that may be accepted and not settled at a time. */
export interface Quota {
  readonly laneJobs: number;
  /** Bytes of payloads in Redis. */
  readonly laneBytes: number;
  readonly tenantJobs: number;
  readonly tenantBytes: number;
}
