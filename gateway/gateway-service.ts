import { hasEnded } from "../shared/batch/record.ts";
import { ResultFolder } from "../shared/batch/result-folder.ts";
import { IdFactory } from "../shared/id.ts";
import type { Logger } from "../shared/log.ts";
import type { RegistryWatch } from "../shared/model/registry-watch.ts";
import type { SoughtBatch } from "../shared/batch/batches.ts";
import { AccessKeys } from "../shared/access/access-keys.ts";
import { Roles } from "../shared/access/roles.ts";
import { SignInCodes } from "../shared/access/sign-in-codes.ts";
import { SigningKeys } from "../shared/access/signing-keys.ts";
import { Shifts } from "../shared/lane/shifts.ts";
import { readDataSet } from "../shared/redis/data-set.ts";
import { DELETED, LOST } from "../shared/job/view.ts";
import { Packer } from "../shared/pack/packer.ts";
import { readProcesses } from "../shared/process/processes.ts";
import { JobReader } from "../shared/pack/read.ts";
import { SettledFeed, type SettledListener } from "../shared/pack/settled-feed.ts";
import type { Redis } from "../shared/redis/connection.ts";
import { infoField } from "../shared/redis/info.ts";
import type { RedisClock } from "../shared/redis/redis-clock.ts";
import { startAll, stopAll, type Service } from "../shared/service.ts";
import type { Tracer } from "../shared/tracing/tracer.ts";
import { receiverPolicy } from "../shared/webhook/receiver/settings.ts";
import { createApp, type GatewayServices } from "./app.ts";
import { AccessTokens } from "./access/access-tokens.ts";
import {
  Authenticator,
  OPEN_ACCESS,
  type Access,
  type AuthenticatorOptions,
} from "./access/authenticator.ts";
import { BodyBudget } from "./http/body-budget.ts";
import { Waiter } from "./http/waiter.ts";
import {
  batchQuotaOf,
  batchTermsOf,
  limitDefaultsOf,
  quotaOf,
  type GatewayConfig,
} from "./config.ts";
import { BatchStore } from "./batches/batch-store.ts";
import { Contracts } from "./models/contracts.ts";
import { DataSetWatch } from "./service/data-set-watch.ts";
import { EndpointView } from "./routing/endpoint-view.ts";
import { Planner } from "./routing/planner.ts";
import { Comparisons } from "./endpoints/comparisons.ts";
import { EndpointStore } from "./endpoints/endpoint-store.ts";
import { JobStore } from "./jobs/job-store.ts";
import { JobWaiter } from "./jobs/job-waiter.ts";
import { SHADOW_QUOTA, Shadows } from "./jobs/shadows.ts";
import { RecordedPacker, RecordedScorer } from "./jobs/recorded.ts";
import { isReplaySettled } from "./replays/get-replay.ts";
import { Scorer } from "./jobs/score.ts";
import { QueueControl } from "./queue/control.ts";
import { QueuePast } from "./queue/history.ts";
import type { LaneList } from "./queue/queue-schema.ts";
import { FailedRetrier } from "./queue/retry-failed.ts";
import { LaneView } from "./models/lane-view.ts";
import { HttpServer } from "./server.ts";
import { IssuerKeys } from "./access/issuer-keys.ts";
import { oidcTermsOf, pageIssuerOf } from "./access/oidc-settings.ts";
import { OidcUsers } from "./access/oidc-users.ts";
import type { Issuer } from "./access/signed-tokens.ts";
import { RequestBudget } from "./access/request-budget.ts";
import { StrangerBudget } from "./access/stranger-budget.ts";
import { MemoryWatch } from "./service/memory-watch.ts";
import { WebhookStore } from "./webhooks/webhook-store.ts";
import { Cors } from "./http/cors.ts";
import { methodsOf } from "./http/measure.ts";
import { namedBelow, operationsWith } from "./rooms.ts";
import { GatewayMetrics } from "./http/metrics.ts";
import { openapi } from "./openapi.ts";
import { keptFigures } from "./service/metrics-route.ts";
import { RenderedDocument } from "./service/rendered-document.ts";
import { WebPage } from "./page/web-page.ts";
import { WorkerView } from "./models/worker-view.ts";

export interface GatewayOptions {
  readonly config: GatewayConfig;
  readonly logger: Logger;
  /** The owner starts and stops it. */
  readonly models: RegistryWatch;
  readonly requests: Redis;
  readonly subscriber: Redis;
  readonly clock: RedisClock;
  /** What records spans; the owner starts and stops it. */
  readonly tracer?: Tracer | undefined;
  /** This process among the gateways; no blanks. */
  readonly id: string;
}

/** Wires the parts together once Redis is there: the secret of our ids lives in it. */
export class GatewayService implements Service {
  readonly name = "gateway";
  readonly #options: GatewayOptions;
  readonly #stopping = new AbortController();
  #begun: Promise<readonly Service[]> | undefined;

  constructor(options: GatewayOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    this.#begun ??= this.#begin();
    await this.#begun;
  }

  async stop(deadline: AbortSignal): Promise<void> {
    this.#stopping.abort();
    await stopAll((await this.#begun?.catch(() => [])) ?? [], deadline);
  }

  async #begin(): Promise<readonly Service[]> {
    return startAll(await this.#wire(), this.#stopping.signal);
  }

  /** In order of start; the server is last, and so the first to stop taking connections. */
  async #wire(): Promise<readonly Service[]> {
    const { config, logger, models, requests, subscriber, clock, tracer, id } = this.#options;
    const wantsKeys = config.AUTH === "keys";
    const born = await readDataSet(requests);
    const ids = new IdFactory(born.secret);
    const dataSet = new DataSetWatch({ redis: requests, dataSet: born, ids, wantsKeys, logger });
    const wasLost = (missing: string): boolean => dataSet.wasLost(missing);
    const reader = new JobReader(requests, id, wasLost);
    const waiter = new JobWaiter({ redis: requests, reader, logger });
    const shifts = new Shifts(requests);
    const batches = new BatchStore({
      redis: requests,
      shifts,
      logger,
      quota: batchQuotaOf(config),
      folder: new ResultFolder(config.BATCH_SINK_FOLDER, logger),
      gateway: id,
      wasLost,
    });
    const batchWaiter = new Waiter(isBatchSettled);
    const replayWaiter = new Waiter(isReplaySettled);
    const queueWaiter = new Waiter<LaneList>(() => false);
    const listener: SettledListener = {
      onEnded: (pack, segment) => waiter.onEnded(pack, segment),
      onChanged: (pack) => waiter.onChanged(pack),
      onSettled: (batch) => batchWaiter.wake(batch),
      onReconnected: () => {
        waiter.onReconnected();
        batchWaiter.wakeAll();
      },
    };
    const feed = new SettledFeed({ subscriber, requests, gateway: id, logger, listener });
    const workers = new WorkerView(requests, clock, logger);
    const accessKeys = new AccessKeys(requests, ids);
    const roles = new Roles(requests);
    const users = this.#users(roles);
    const accessTokens = new AccessTokens(new SigningKeys(requests, ids), clock);
    const memory = new MemoryWatch(requests, config.REDIS_MEMORY_SHARE_MAX, logger);
    const quota = quotaOf(config);
    const metrics = new GatewayMetrics();
    const contracts = new Contracts();
    const receivers = receiverPolicy(config);
    const webhooks = new WebhookStore({ redis: requests, ids, clock, wasLost });
    const jobs = new JobStore({ redis: requests, shifts, quota, metrics });
    const endpoints = new EndpointView(requests, logger);
    const planner = new Planner({ models, endpoints, random: Math.random });
    const lanes = new LaneView(requests, clock);
    const budget = new RequestBudget(requests, clock, config.KEY_REQUESTS_PER_MINUTE);
    const methods = methodsOf(operationsWith(config.DIALECTS));
    const cors = new Cors({
      origins: config.CORS_ORIGINS,
      ofEndpoints: endpoints,
      methods,
      namedBelow: namedBelow(config.DIALECTS),
    });
    // What scoring and routes work with alike.
    const both = {
      planner,
      lanes,
      budget,
      clock,
      ids,
      contracts,
      jobs,
      waiter,
      workers,
      memory,
      metrics,
      webhooks,
      receivers,
    };
    const packing = { redis: requests, shifts, ids, clock, logger };
    const packer = new Packer({ ...packing, quota });
    const shadowPacker = new Packer({ ...packing, quota: SHADOW_QUOTA });
    const recorded = (it: Packer) => (tracer === undefined ? it : new RecordedPacker(it, tracer));
    const scorer = new Scorer({
      ...both,
      packer: recorded(packer),
      shadows: new Shadows({
        packer: recorded(shadowPacker),
        contracts,
        metrics,
        isTraced: tracer !== undefined,
      }),
      limitDefaults: limitDefaultsOf(config),
      gateway: id,
    });
    const services: GatewayServices = {
      ...both,
      logger,
      get registry() {
        return models.registry;
      },
      access: this.#access({ keys: accessKeys, accessTokens, users: users?.issuer }),
      accessKeys,
      accessTokens,
      signInCodes: new SignInCodes(requests),
      roles,
      scorer: tracer === undefined ? scorer : new RecordedScorer(scorer, tracer),
      endpoints: new EndpointStore({ redis: requests, view: endpoints, clock, logger }),
      comparisons: new Comparisons(requests),
      strangers: new StrangerBudget(config.STRANGER_REQUESTS_PER_SECOND),
      quota,
      reader,
      batches,
      batchWaiter,
      replayWaiter,
      queueWaiter,
      queuePast: new QueuePast(requests, clock),
      control: new QueueControl(requests, shifts),
      retrier: new FailedRetrier(requests, { quota, shifts, metrics }),
      dataSet,
      isRedisReady: () => requests.status === "ready",
      waits: { defaultSeconds: config.WAIT_DEFAULT_SECONDS, maxSeconds: config.WAIT_MAX_SECONDS },
      batchTerms: batchTermsOf(config),
      bodyBytesMax: config.BODY_BYTES_MAX,
      bodies: new BodyBudget(config.BODY_BYTES_MAX, config.BODIES_BYTES_MAX),
      figures: keptFigures(() => services),
      dialects: config.DIALECTS,
      cors,
      scoreModel: config.SCORE_MODEL,
      document: new RenderedDocument((registry) => openapi(registry, config.DIALECTS)),
      page: new WebPage({ wantsKeys, issuer: wantsKeys ? pageIssuerOf(config) : undefined }),
      build: config.SCORELINE_BUILD,
      processes: async () => (await readProcesses(requests, clock.now())).seen,
      redisVersion: async () => infoField(await requests.info("server"), "redis_version"),
    };
    const app = createApp(services);
    const { HOST: host, PORT: port } = config;
    const server = new HttpServer({ app, cors, host, port, build: services.build, logger });
    const waiters = [waiter, batchWaiter, replayWaiter, queueWaiter];
    const ofUsers = users === undefined ? [] : [users.keys];
    return [dataSet, ...ofUsers, feed, workers, endpoints, memory, server, ...waiters];
  }

  #access(known: Pick<AuthenticatorOptions, "keys" | "accessTokens" | "users">): Access {
    const { config, clock, logger } = this.#options;
    if (config.AUTH === "keys") return new Authenticator({ ...known, clock, logger });
    logger.warn("AUTH=off: whoever reaches this gateway may do everything, without a key");
    return OPEN_ACCESS;
  }

  /** Users of an OpenID Connect issuer, and what reads its keys. */
  #users(roles: Roles): { readonly issuer: Issuer; readonly keys: Service } | undefined {
    const { config, clock, logger } = this.#options;
    const terms = config.AUTH === "keys" ? oidcTermsOf(config) : undefined;
    if (terms === undefined) return undefined;
    const keys = new IssuerKeys(terms.issuer, logger);
    return { issuer: new OidcUsers({ terms, keys, roles, clock }), keys };
  }
}

function isBatchSettled(batch: SoughtBatch): boolean {
  return batch === undefined || batch === DELETED || batch === LOST || hasEnded(batch.status);
}
