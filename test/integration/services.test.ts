import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import { Hono } from "hono";
import { gatewayConfigSchema } from "../../gateway/config.ts";
import { GatewayService } from "../../gateway/gateway-service.ts";
import { Waiter } from "../../gateway/http/waiter.ts";
import { JobWaiter } from "../../gateway/jobs/job-waiter.ts";
import { IssuerKeys } from "../../gateway/access/issuer-keys.ts";
import { WorkerView } from "../../gateway/models/worker-view.ts";
import { EndpointView } from "../../gateway/routing/endpoint-view.ts";
import { HttpServer } from "../../gateway/server.ts";
import { DataSetWatch } from "../../gateway/service/data-set-watch.ts";
import { MemoryWatch } from "../../gateway/service/memory-watch.ts";
import { ResultFolder } from "../../shared/batch/result-folder.ts";
import { parseConfig } from "../../shared/config.ts";
import { IdFactory } from "../../shared/id.ts";
import { LastErrors } from "../../shared/process/last-errors.ts";
import { Presence } from "../../shared/process/presence.ts";
import { JobReader } from "../../shared/pack/read.ts";
import { SettledFeed } from "../../shared/pack/settled-feed.ts";
import { ShiftListener, Shifts } from "../../shared/lane/shifts.ts";
import { laneName } from "../../shared/lane.ts";
import { createLogger } from "../../shared/log.ts";
import { RegistryWatch } from "../../shared/model/registry-watch.ts";
import { connectForLoops, RedisService, type Redis } from "../../shared/redis/connection.ts";
import { readDataSet, type DataSet } from "../../shared/redis/data-set.ts";
import { workKeys } from "../../shared/redis/keys.ts";
import { RedisClock } from "../../shared/redis/redis-clock.ts";
import type { Service } from "../../shared/service.ts";
import { OtlpTracer } from "../../shared/tracing/otlp-tracer.ts";
import { receiverPolicy } from "../../shared/webhook/receiver/settings.ts";
import { workerConfigSchema } from "../../worker/config.ts";
import { Capturer } from "../../worker/courier/capture/capturer.ts";
import { CaptureFolder } from "../../worker/courier/capture/folder.ts";
import { Deliverer } from "../../worker/courier/deliver.ts";
import { Comparer } from "../../worker/courier/comparer.ts";
import { Janitor } from "../../worker/courier/janitor.ts";
import { CourierMetrics } from "../../worker/courier/metrics.ts";
import { Promoter } from "../../worker/courier/promoter.ts";
import { Replayer } from "../../worker/courier/replayer.ts";
import { Sinker } from "../../worker/courier/sinker.ts";
import { HealthServer } from "../../worker/health.ts";
import { Heartbeat } from "../../worker/score/heartbeat.ts";
import { WorkerMetrics } from "../../worker/score/metrics.ts";
import { runnerEnvironment } from "../../worker/score/runner-environment.ts";
import { Placements } from "../../worker/score/placements.ts";
import { ScoreWorker } from "../../worker/score/score-worker.ts";
import { WakeFeed } from "../../worker/score/wake-feed.ts";
import { TestRedis } from "../support/redis.ts";
import { until } from "../support/until.ts";
import { filesMatching } from "../sync/support/repository.ts";

const MODELS = "test/fixtures/models";
const captures = mkdtempSync(join(tmpdir(), "scoreline-captures-"));
const STOP_MS = 20_000;
const lane = { model: "m@1", class: "interactive" } as const;
const logger = createLogger("worker", "silent");
const courierMetrics = new CourierMetrics();
const workerMetrics = new WorkerMetrics();
const environment = runnerEnvironment(process.env);
const where = { host: "127.0.0.1", port: 0, logger };

/** What services are made with, and outlives them. */
interface Ground {
  readonly url: string;
  readonly redis: Redis;
  readonly subscriber: Redis;
  readonly clock: RedisClock;
  readonly dataSet: DataSet;
  readonly ids: IdFactory;
  readonly folder: ResultFolder;
}

const MADE: Readonly<Record<string, (ground: Ground) => Service>> = {
  Capturer: (ground) =>
    new Capturer({
      ...ground,
      logger,
      folder: new CaptureFolder(captures),
      models: new RegistryWatch(MODELS, logger),
    }),
  Comparer: (ground) => new Comparer({ ...ground, logger, metrics: courierMetrics }),
  DataSetWatch: (ground) => new DataSetWatch({ ...ground, wantsKeys: false, logger }),
  Deliverer: (ground) =>
    new Deliverer({
      ...ground,
      policy: receiverPolicy(parseConfig(workerConfigSchema, {})),
      logger,
      timeoutMs: 1000,
      timeScale: 1,
      metrics: courierMetrics,
      concurrency: 1,
      drainMs: 1000,
    }),
  EndpointView: ({ redis }) => new EndpointView(redis, logger),
  GatewayService: ({ redis, subscriber, clock }) =>
    new GatewayService({
      config: parseConfig(gatewayConfigSchema, { PORT: "0", AUTH: "off" }),
      logger,
      models: new RegistryWatch(MODELS, logger),
      requests: redis,
      subscriber,
      clock,
      id: "g",
    }),
  HealthServer: (ground) => new HealthServer({ ...ground, ...where, metrics: async () => "" }),
  Heartbeat: (ground) =>
    new Heartbeat({ ...ground, worker: "w", tell: () => ({ versions: {} }), logger }),
  HttpServer: () =>
    new HttpServer({ app: new Hono(), cors: { allow: (response) => response }, ...where }),
  IssuerKeys: () => new IssuerKeys("http://127.0.0.1:1", logger),
  Janitor: (ground) =>
    new Janitor({ ...ground, shifts: new Shifts(ground.redis), logger, metrics: courierMetrics }),
  JobWaiter: ({ redis }) =>
    new JobWaiter({ redis, reader: new JobReader(redis, "g", () => false), logger }),
  MemoryWatch: ({ redis }) => new MemoryWatch(redis, 0.8, logger),
  readiness: (ground) =>
    new HealthServer({ ...ground, ...where, metrics: async () => "" }).readiness,
  OtlpTracer: ({ clock }) =>
    new OtlpTracer({ role: "worker", config: { TRACE_SHARE: 1 }, clock, logger }),
  Presence: (ground) =>
    new Presence({ ...ground, role: "worker", errors: new LastErrors(), logger }),
  Promoter: (ground) => new Promoter({ ...ground, logger, metrics: courierMetrics }),
  RedisClock: ({ redis }) => new RedisClock(redis, logger),
  RedisService: ({ url }) => {
    const connections = ["a", "b"].map((name) => connectForLoops({ url, logger, name }));
    return new RedisService(connections, logger);
  },
  RegistryWatch: () => new RegistryWatch(MODELS, logger),
  Replayer: (ground) => new Replayer({ ...ground, shifts: new Shifts(ground.redis), logger }),
  ScoreWorker: (ground) =>
    new ScoreWorker({
      ...ground,
      versions: new RegistryWatch(MODELS, logger).registry.versions.slice(0, 1),
      logger,
      metrics: workerMetrics,
      capacity: {
        count: 1,
        environment,
        memoryBytes: undefined,
        offer: { providers: ["cpu"], devices: [] },
      },
      placements: new Placements({ devices: [], shareMin: 0, logger }),
      outputBytesMax: 1000,
      leaseMs: 4000,
      drainMs: 1000,
    }),
  SettledFeed: ({ redis, subscriber }) => {
    const ignore = (): void => {};
    const listener = {
      onEnded: ignore,
      onChanged: ignore,
      onSettled: ignore,
      onReconnected: ignore,
    };
    return new SettledFeed({ subscriber, requests: redis, gateway: "g", logger, listener });
  },
  ShiftListener: ({ redis }) => {
    const onShift = async () => "done" as const;
    return new ShiftListener({ redis, lane, lockMs: 30_000, logger, onShift });
  },
  Sinker: (ground) => new Sinker({ ...ground, logger }),
  Waiter: () => new Waiter(() => true),
  WakeFeed: ({ subscriber }) => new WakeFeed({ subscriber, logger, onWake: () => {} }),
  WorkerView: ({ redis, clock }) => new WorkerView(redis, clock, logger),
};

/** These take longer: fewer courses of them are tried. */
const HEAVY = new Set(["GatewayService", "RedisService", "ScoreWorker"]);

interface Step {
  readonly act: "start" | "stop";
  /** Turns of the event loop before it. */
  readonly turns: number;
  readonly isAwaited: boolean;
}

const steps = fc.array(
  fc.record({
    act: fc.constantFrom("start", "stop"),
    turns: fc.nat(3),
    isAwaited: fc.boolean(),
  }) satisfies fc.Arbitrary<Step>,
  { minLength: 1, maxLength: 6 },
);

/** Timers, connections and processes of this process. */
function goingOn(): string {
  const kinds = process.getActiveResourcesInfo();
  return kinds
    .filter((kind) => /Timeout|TCP|Pipe|Process/.test(kind))
    .toSorted()
    .join();
}

/** @throws what a stop throws, or a start that no stop has overtaken */
async function live(service: Service, course: readonly Step[]): Promise<void> {
  const ends: Promise<unknown>[] = [];
  const stop = async (): Promise<void> => service.stop(AbortSignal.timeout(STOP_MS));
  let isStopped = false;
  for (const { act, turns, isAwaited } of course) {
    for (let i = 0; i < turns; i += 1) await new Promise((done) => setImmediate(done));
    isStopped ||= act === "stop";
    const began = act === "stop" ? stop() : service.start();
    const end = began.catch((error: unknown) => {
      if (act === "stop" || !isStopped) throw error;
    });
    ends.push(end);
    end.catch(() => {});
    if (isAwaited) await end;
  }
  isStopped = true;
  await stop();
  await Promise.all(ends);
  await service.start();
  await stop();
}

describe("a service", () => {
  let server: TestRedis;
  let ground: Ground;
  const folder = mkdtempSync(join(tmpdir(), "scoreline-results-"));
  before(async () => {
    server = await TestRedis.start();
    const { url } = server;
    const redis = server.client();
    const dataSet = await readDataSet(redis);
    const ids = new IdFactory(dataSet.secret);
    const clock = new RedisClock(redis, logger);
    await redis.sadd(workKeys.lanes, laneName(lane));
    const subscriber = connectForLoops({ url, logger, name: "feed" });
    await subscriber.connect();
    const results = new ResultFolder(folder, logger);
    ground = { url, redis, subscriber, clock, dataSet, ids, folder: results };
  });
  after(async () => {
    ground.subscriber.disconnect();
    await server[Symbol.asyncDispose]();
    for (const one of [folder, captures]) rmSync(one, { recursive: true });
  });

  it("is among those that are held to the contract", () => {
    const classes = filesMatching(["{gateway,worker,shared}/**/*.ts"]).flatMap(({ text }) =>
      [...text.matchAll(/class (\w+)(?:<[^>]*>)? implements [\w, ]*\bService\b/g)].map(
        ([, name = ""]) => name,
      ),
    );
    const held = Object.keys(MADE).filter((name) => name !== "readiness");
    assert.deepEqual(classes.toSorted(), held);
  });

  for (const [name, make] of Object.entries(MADE)) {
    it(`starts once and stops for good, however it is told to: ${name}`, async () => {
      const numRuns = HEAVY.has(name) ? 4 : 12;
      const others = goingOn();
      const property = fc.asyncProperty(steps, async (course) => {
        await live(make(ground), course);
        await until(`only ${others} goes on`, () => goingOn() === others);
      });
      const overtaken: Step[] = [
        { act: "start", turns: 0, isAwaited: false },
        { act: "stop", turns: 1, isAwaited: false },
      ];
      const twice: Step[] = [
        { act: "start", turns: 0, isAwaited: false },
        { act: "start", turns: 0, isAwaited: true },
      ];
      await fc.assert(property, { numRuns, endOnFailure: true, examples: [[overtaken], [twice]] });
    });
  }
});
