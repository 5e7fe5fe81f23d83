import type { NewJob } from "../job/new-job.ts";
import { markedVariant, variantIn, type Via } from "../job/view.ts";

/**
 * The tenant of all shadows. No key can have its name: so they are listed for nobody, nobody can read them,
 * no webhooks hear of them, and they count for no tenant's quota.
 */
export const SHADOW_TENANT = "~shadow";

/** What a shadow is compared with, and for what. */
export interface Parent extends Omit<Via, "captured"> {
  /** The job that it stands beside, and whose that is. */
  readonly id: string;
  readonly tenant: string;
  readonly shadow: string;
  /** Of the pipeline, which says how outputs are compared. */
  readonly pipeline: string;
}

/** As the record of a shadow has it. */
export function packParent(parent: Parent): NonNullable<NewJob["parent"]> {
  const { id, tenant, endpoint, shadow, pipeline } = parent;
  return [id, endpoint, markedVariant(parent), shadow, pipeline, tenant].join(" ");
}

/** A shadow that has ended, as the set of those has it: its id, and behind it its parent. */
export interface ShadowEnd {
  readonly member: string;
  readonly id: string;
  readonly parent: Parent;
}

export function shadowEndOf(member: string): ShadowEnd {
  const [shadowId = "", id = "", endpoint = "", marked = "", shadow = "", pipeline = "", ...rest] =
    member.split(" ");
  const tenant = rest.join(" ");
  const parent = { id, tenant, endpoint, ...variantIn(marked), shadow, pipeline };
  return { member, id: shadowId, parent };
}
