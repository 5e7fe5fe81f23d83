import type { NewJob } from "../job/new-job.ts";

/**
 * The tenant of all shadows. No key can have its name: so they are listed for nobody, nobody can read them,
 * no webhooks hear of them, and they count for no tenant's quota.
 */
export const SHADOW_TENANT = "~shadow";

/** What a shadow is compared with, and for what. */
export interface Parent {
  /** The job that it stands beside, and whose that is. */
  readonly id: string;
  readonly tenant: string;
  readonly endpoint: string;
  readonly variant: string;
  readonly shadow: string;
  /** Of the pipeline, which says how outputs are compared. */
  readonly pipeline: string;
}

/** As the record of a shadow has it. */
export function packParent(parent: Parent): NonNullable<NewJob["parent"]> {
  const { id, tenant, endpoint, variant, shadow, pipeline } = parent;
  return [id, endpoint, variant, shadow, pipeline, tenant].join(" ");
}

/** A shadow that has ended, as the set of those has it: its id, and behind it its parent. */
export interface ShadowEnd {
  readonly member: string;
  readonly id: string;
  readonly parent: Parent;
}

export function shadowEndOf(member: string): ShadowEnd {
  const [shadowId = "", id = "", endpoint = "", variant = "", shadow = "", pipeline = "", ...rest] =
    member.split(" ");
  const tenant = rest.join(" ");
  return { member, id: shadowId, parent: { id, tenant, endpoint, variant, shadow, pipeline } };
}
