import type { FoundReplay } from "../../shared/replay/replays.ts";
import type { Quota } from "../../shared/job/quota.ts";
import type { LOST } from "../../shared/job/view.ts";
import type { BatchServices } from "../batches/services.ts";
import type { EndpointStore } from "../endpoints/endpoint-store.ts";
import type { Waiter } from "../http/waiter.ts";

export type SoughtReplay = FoundReplay | typeof LOST;

/** What the routes of replays work with; each names what it touches. */
export interface ReplayServices extends Pick<
  BatchServices,
  | "batches"
  | "batchTerms"
  | "bodies"
  | "clock"
  | "contracts"
  | "ids"
  | "memory"
  | "registry"
  | "waits"
  | "workers"
> {
  readonly endpoints: EndpointStore;
  readonly quota: Pick<Quota, "laneBytes" | "tenantBytes">;
  readonly replayWaiter: Waiter<SoughtReplay>;
  readonly dataSet: { readonly wasLost: (id: string) => boolean };
}
