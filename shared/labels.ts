import { z } from "zod";

const LABELS_MAX = 32;

/** Names and values that people choose. A name has no `=`, which stands between the two in a filter. */
export const labelsSchema = z
  .record(
    z.string().regex(/^[^=]{1,64}$/, "must be 1 to 64 characters, none of them ="),
    z.string().max(256),
  )
  .refine((all) => Object.keys(all).length <= LABELS_MAX, `has more than ${LABELS_MAX} members`);

export type Labels = z.infer<typeof labelsSchema>;

/** Whether there is such a label. @param asked `name`, or `name=value` */
export function hasLabel(labels: Labels, asked: string): boolean {
  const [name = "", ...value] = asked.split("=");
  if (!Object.hasOwn(labels, name)) return false;
  return value.length === 0 || labels[name] === value.join("=");
}
