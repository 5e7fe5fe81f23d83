import type { SoughtBatch } from "../../shared/batch/batches.ts";
import type { Registry } from "../../shared/model/registry.ts";
import type { ReceiverPolicy } from "../../shared/webhook/receiver/url-fault.ts";
import type { Waiter } from "../http/waiter.ts";
import type { JobServices } from "../jobs/services.ts";
import type { Planner } from "../routing/planner.ts";
import type { Contracts } from "../models/contracts.ts";
import type { BatchStore } from "./batch-store.ts";
import type { BatchFolder } from "./upload/folder.ts";

/** What the routes of batches work with; each names what it touches. */
export interface BatchServices extends Pick<
  JobServices,
  "waits" | "ids" | "clock" | "workers" | "memory" | "bodies" | "webhooks"
> {
  readonly batches: BatchStore;
  readonly batchWaiter: Waiter<SoughtBatch>;
  readonly batchTerms: BatchTerms;
  readonly registry: Registry;
  readonly planner: Planner;
  readonly contracts: Contracts;
  /** Which URLs webhooks may be sent to. */
  readonly receivers: ReceiverPolicy;
}

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
