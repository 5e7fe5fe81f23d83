import type { Quota } from "../shared/job/accept.ts";
import type { Logger } from "../shared/log.ts";
import type { GuardServices } from "./access/guard.ts";
import type { KeyServices } from "./access/routes.ts";
import type { BatchServices } from "./batches/services.ts";
import type { GatewayMetrics } from "./http/metrics.ts";
import type { JobServices } from "./jobs/services.ts";
import type { QueueServices } from "./models/model-queue.ts";
import type { ModelServices } from "./models/models.ts";
import type { MetricsServices } from "./service/metrics-route.ts";
import type { DocumentServices } from "./service/openapi-route.ts";
import type { WebhookServices } from "./webhooks/services.ts";

/** What stands around all routes takes. */
interface AppServices extends GuardServices {
  readonly logger: Logger;
  readonly metrics: GatewayMetrics;
  readonly quota: Quota;
}

/** What the rooms take, as one object. */
export type GatewayServices = AppServices &
  BatchServices &
  DocumentServices &
  JobServices &
  KeyServices &
  MetricsServices &
  ModelServices &
  QueueServices &
  WebhookServices;
