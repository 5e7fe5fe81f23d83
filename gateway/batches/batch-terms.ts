import type { BatchFolder } from "./upload/folder.ts";

/** The operator's defaults and limits. */
export interface BatchTerms {
  readonly windowMs: number;
  readonly retentionMs: number;
  /** Items of a JSON body; uploads take more. */
  readonly jsonItemsMax: number;
  /** Where items may be read from; undefined when none is lent. */
  readonly folder: BatchFolder | undefined;
  /** Items of a batch above which its results go into a folder; undefined when there is none. */
  readonly sinkAbove: number | undefined;
}
