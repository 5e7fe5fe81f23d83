import type { Logger } from "../../shared/log.ts";
import type { Caller } from "./caller.ts";

/** What was changed. Neither state holds a secret. */
export interface Change {
  /** What it is, by its name or id: `{ key: "key_…" }`. Not `role`: a line's own says which process wrote it. */
  readonly of: Readonly<Record<string, string>>;
  /** As it was; undefined when there was none. */
  readonly before: object | undefined;
  /** As it is; undefined when there is none any more. */
  readonly after: object | undefined;
}

/**
 * Leaves a line in the log of who changed what: `audit` finds all of them.
 *
 * @param message constant, as of every line: `key created`
 */
export function audit(
  logger: Logger,
  caller: Pick<Caller, "keyId" | "kind" | "subject" | "tenant">,
  message: string,
  { of, before, after }: Change,
): void {
  const { keyId, kind, subject, tenant } = caller;
  const by = { by: keyId ?? "anybody", with: kind, subject, of_tenant: tenant };
  logger.info({ audit: true, ...by, ...of, before: before ?? null, after: after ?? null }, message);
}
