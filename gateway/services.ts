import type { IdFactory } from "../shared/id.ts";
import type { KeptText } from "../shared/kept-text.ts";
import type { Logger } from "../shared/log.ts";
import type { Registry } from "../shared/model/registry.ts";
import type { AccessKeys } from "../shared/access/access-keys.ts";
import type { Quota } from "../shared/job/accept.ts";
import type { SoughtBatch } from "../shared/batch/batches.ts";
import type { JobReader, Sought } from "../shared/job/read.ts";
import type { RedisClock } from "../shared/redis/redis-clock.ts";
import type { ReceiverPolicy } from "../shared/webhook/receiver/url-fault.ts";
import type { WaitLimits } from "./http/prefer.ts";
import type { Waiter } from "./http/waiter.ts";
import type { Access } from "./access/authenticator.ts";
import type { BatchStore } from "./batches/batch-store.ts";
import type { BatchTerms } from "./batches/services.ts";
import type { Contracts } from "./models/contracts.ts";
import type { DataSetWatch } from "./service/data-set-watch.ts";
import type { JobStore } from "./jobs/job-store.ts";
import type { Scorer } from "./jobs/score.ts";
import type { LaneView } from "./models/lane-view.ts";
import type { RequestBudget } from "./access/request-budget.ts";
import type { StrangerBudget } from "./access/stranger-budget.ts";
import type { RenderedDocument } from "./service/rendered-document.ts";
import type { MemoryWatch } from "./service/memory-watch.ts";
import type { WebhookStore } from "./webhooks/webhook-store.ts";
import type { GatewayMetrics } from "./http/metrics.ts";
import type { WorkerView } from "./models/worker-view.ts";

/** What routes work with. */
export interface GatewayServices {
  readonly clock: RedisClock;
  readonly logger: Logger;
  /** As the folder of models is now; a request reads it once. */
  readonly registry: Registry;
  readonly contracts: Contracts;
  readonly ids: IdFactory;
  readonly access: Access;
  readonly accessKeys: AccessKeys;
  readonly scorer: Scorer;
  readonly reader: JobReader;
  readonly jobs: JobStore;
  readonly lanes: LaneView;
  readonly memory: MemoryWatch;
  readonly metrics: GatewayMetrics;
  /** The text of `/metrics`. */
  readonly figures: KeptText;
  readonly document: RenderedDocument;
  readonly waiter: Waiter<Sought>;
  readonly batches: BatchStore;
  readonly batchWaiter: Waiter<SoughtBatch>;
  readonly workers: WorkerView;
  readonly dataSet: DataSetWatch;
  /** Whether Redis answers, as of a moment ago. */
  readonly isRedisReady: () => boolean;
  readonly waits: WaitLimits;
  readonly budget: RequestBudget;
  readonly strangers: StrangerBudget;
  readonly quota: Quota;
  readonly batchTerms: BatchTerms;
  readonly bodyBytesMax: number;
  readonly webhooks: WebhookStore;
  /** Which URLs webhooks may be sent to. */
  readonly receivers: ReceiverPolicy;
}
