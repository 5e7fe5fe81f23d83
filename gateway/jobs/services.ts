import type { Clock } from "../../shared/clock.ts";
import type { Registry } from "../../shared/model/registry.ts";
import type { JobReader } from "../../shared/pack/read.ts";
import type { IdFactory } from "../../shared/id.ts";
import type { BodyBudget } from "../http/body-budget.ts";
import type { WaitLimits } from "../http/prefer.ts";
import type { GatewayMetrics } from "../http/metrics.ts";
import type { LaneView } from "../models/lane-view.ts";
import type { WorkerView } from "../models/worker-view.ts";
import type { WebhookStore } from "../webhooks/webhook-store.ts";
import type { JobStore } from "./job-store.ts";
import type { JobWaiter } from "./job-waiter.ts";
import type { Scorer } from "./score.ts";

/** What the routes of jobs work with; each names what it touches. */
export interface JobServices {
  readonly scorer: Pick<Scorer, "score">;
  readonly ids: IdFactory;
  readonly reader: JobReader;
  readonly jobs: JobStore;
  readonly waiter: JobWaiter;
  readonly waits: WaitLimits;
  readonly lanes: LaneView;
  readonly workers: WorkerView;
  readonly clock: Clock;
  /** Refuses what would make Redis run out of memory. */
  readonly memory: { readonly check: () => void };
  readonly metrics: Pick<GatewayMetrics, "jobRetried" | "jobLabeled">;
  /** Knows how outputs are compared with what they should have said. */
  readonly registry: Registry;
  readonly webhooks: WebhookStore;
  readonly bodies: BodyBudget;
}
