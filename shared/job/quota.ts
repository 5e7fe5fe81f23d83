import { FieldTable, maybeNumber } from "../redis/fields.ts";

/** Most that may be accepted and not settled at a time. */
export interface Quota {
  readonly laneJobs: number;
  /** Bytes of payloads in Redis. */
  readonly laneBytes: number;
  readonly tenantJobs: number;
  readonly tenantBytes: number;
}

/** What counts against a tenant's quota: jobs that have not ended, and bytes of their payloads. */
export const tenantFields = new FieldTable({
  jobs: ["jobs", maybeNumber],
  bytes: ["bytes", maybeNumber],
});
