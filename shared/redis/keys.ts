import { partitionOf, partitionOfPack } from "../id.ts";
import { laneName, type Lane } from "../lane.ts";

/**
 * Every Redis key of Scoreline, and nothing else. All keys of a partition share a hash tag, so that
 * one script can touch them together and Redis Cluster can later spread partitions over nodes.
 * `docs/redis-keys.md` lists them; a test holds the two together.
 */
export type Keys = ReturnType<typeof makeKeys>;

const made = new Map<number, Keys>();

/** The keys of a partition. @param partition 0..255 */
export function keysOf(partition: number): Keys {
  const known = made.get(partition);
  if (known !== undefined) return known;
  const keys = makeKeys(partition);
  made.set(partition, keys);
  return keys;
}

/** Of the partition that an id names: what belongs to a job or a batch lives with it. */
export function keysFor(id: string): Keys {
  return keysOf(partitionOf(id));
}

/** Of the partition that the name of a pack, or of a chunk, says. */
export function keysForPack(name: string): Keys {
  return keysOf(partitionOfPack(name));
}

/** Of what is there once, however many partitions: access keys, webhook endpoints, heartbeats. */
export const controlKeys = keysOf(0);

/**
 * Of what no id names: lanes, listings, and what the courier sweeps. There is one partition in use;
 * with several, each use of this becomes a walk over them.
 */
export const workKeys = keysOf(0);

function makeKeys(partition: number) {
  const tag = `{sl${partition}}`;
  const keys = {
    /** Hash: a pack of jobs, by its name (`id.ts`), or a chunk of a batch, `<batch id>/<number>`. */
    pack: (name: string): string => `${tag}:pack:${name}`,
    /** String: a payload too large for its pack (claim check). */
    packInput: (name: string): string => `${tag}:pack:${name}:in`,
    /** List: packs of a lane that no run has, in order. */
    ready: (lane: Lane): string => `${tag}:ready:${laneName(lane)}`,
    /** Sorted set: runs of workers, by the end of their lease in ms. */
    runs: `${tag}:runs`,
    /** Hash: packs that a run has → the turn in which it took them. */
    taken: (run: string): string => `${tag}:taken:${run}`,
    /** Hash: the truth about one job. It is of releases before packs. */
    job: (id: string): string => `${tag}:job:${id}`,
    /** String: there while the append-only file may still have what was erased. */
    erased: `${tag}:erased`,
    /** String: there for an hour after that file was written anew. */
    rewritten: `${tag}:rewritten`,
    /** Set: ids of the deliveries of what is told of a pack's jobs. */
    deliveriesOf: (pack: string): string => `${tag}:pack:${pack}:ev`,
    /** Set: ids of the deliveries of a batch's events. */
    deliveriesOfBatch: (id: string): string => `${tag}:batch:${id}:ev`,
    /** Sorted set: ids accepted and not settled, by accept time in ms. */
    outstanding: (lane: Lane): string => `${tag}:outstanding:${laneName(lane)}`,
    /** List: one byte per job accepted and not settled; its length is what KEDA scales on. */
    load: (lane: Lane): string => `${tag}:load:${laneName(lane)}`,
    /** List: what `load` has otherwise, of a lane that is paused: no scaler reads it. */
    held: (lane: Lane): string => `${tag}:held:${laneName(lane)}`,
    /** Sorted set: packs of a lane whose time to start ran out in a pause, by when they end at the latest, in ms. */
    still: (lane: Lane): string => `${tag}:still:${laneName(lane)}`,
    /** List: how a lane did in the last hour, a sample every ten seconds: `lane/history.ts`. */
    history: (lane: Lane): string => `${tag}:history:${laneName(lane)}`,
    /** List: one byte for a minute after work of a version came; so that KEDA sees it between short jobs. */
    recent: (model: string): string => `${tag}:recent:${model}`,
    /** Sorted set: of releases before packs, dispatches whose BullMQ add was not acknowledged. */
    undispatched: `${tag}:undispatched`,
    /** Set: names of all lanes that ever had work. */
    lanes: `${tag}:lanes`,
    /** Hash: running jobs, bytes of outstanding payloads, and the pace of a lane. */
    flow: (lane: Lane): string => `${tag}:flow:${laneName(lane)}`,
    /** Sorted set: ids accepted and not settled, by their next deadline in ms. */
    due: `${tag}:due`,
    /** Set: tenants that ever had work. */
    tenants: `${tag}:tenants`,
    /**
     * String: what counts against a tenant's quota, `<tenant>:jobs`, `:batches` or `:bytes`. Not fields of a
     * hash, so that the counts of all tenants of a pack are one command.
     */
    tenant: (count: string): string => `${tag}:tenant:${count}`,
    /** Sorted set: packs with jobs of a tenant, by creation in ms; what a listing walks. */
    jobs: (tenant: string): string => `${tag}:jobs:${tenant}`,
    /** String: the job that an idempotency key is bound to. */
    idempotency: (scope: string): string => `${tag}:idempotency:${scope}`,
    /** String: requests of an access key in one minute since the epoch. */
    requests: (key: string, minute: number | string): string => `${tag}:requests:${key}:${minute}`,
    /** Hash: a batch. See `batch/fields.ts` for its fields. */
    batch: (id: string): string => `${tag}:batch:${id}`,
    /** Sorted set: numbers of a batch's ended chunks, by the order in which they ended. */
    batchDone: (id: string): string => `${tag}:batch:${id}:done`,
    /** String: the items of a chunk, packed. */
    chunkItems: (name: string): string => `${tag}:pack:${name}:in`,
    /** String: what became of them, a line of JSON each. */
    chunkLines: (name: string): string => `${tag}:pack:${name}:out`,
    /** String: the same of an attempt that is about to be settled, where they are large. */
    claimedLines: (name: string, attempt: number | string): string =>
      `${tag}:pack:${name}:out${attempt}`,
    /** Sorted set: ids of a tenant's batches, by creation in ms. */
    batches: (tenant: string): string => `${tag}:batches:${tenant}`,
    /** Sorted set: ids of batches, by when the courier must look at them, in ms. */
    batchWork: `${tag}:batch-work`,
    /** Sorted set: ids of batches that somebody wants to hear of while they run, by when next, in ms. */
    batchNews: `${tag}:batch-news`,
    /** Sorted set: ids of batches whose results go into a folder, by when the courier looks next, in ms. */
    batchSinks: `${tag}:batch-sinks`,
    /** String: the layout that the data is in; absent before packs. */
    layout: `${tag}:layout`,
    /** Hash: of releases before packs, a chunk of a batch, `<batch id>/<number>`. */
    earlierChunk: (name: string): string => `${tag}:chunk:${name}`,
    /** Hash: worker id → heartbeat. */
    workers: `${tag}:workers`,
    /** Hash: process id → what it is, and its last errors. */
    processes: `${tag}:processes`,
    /** String: 32 random bytes that sign the ids of this installation. */
    idSecret: `${tag}:id-secret`,
    /** String: when Redis was empty last, in ms. */
    born: `${tag}:born`,
    /** Hash: an access key. See `access/key.ts` for its fields. */
    accessKey: (id: string): string => `${tag}:key:${id}`,
    /** Sorted set: ids of all access keys, by themselves and so by age. */
    accessKeys: `${tag}:keys`,
    /** Sorted set: ids of access keys with the scope `admin`, by expiry in ms. */
    adminKeys: `${tag}:admin-keys`,
    /** Hash: name of a role → its rights, JSON. */
    roles: `${tag}:roles`,
    /** Hash: id of a key that signs access tokens → when it was made in ms, a blank, and the key as JSON. */
    signingKeys: `${tag}:signing-keys`,
    /** String: hash of the code that signs in the holder of an access key once, and its seal, JSON. */
    signIn: (key: string): string => `${tag}:sign-in:${key}`,
    /** Hash: id of an enabled webhook endpoint of a tenant → the events it wants, and with how much. */
    hooks: (tenant: string): string => `${tag}:hooks:${tenant}`,
    /** Hash: a delivery of a webhook, with its attempts. See `webhook/delivery.ts` for its fields. */
    delivery: (id: string): string => `${tag}:delivery:${id}`,
    /** Sorted set: pending deliveries to a target (an endpoint, or a tenant's URL), by when they are due in ms. */
    target: (target: string): string => `${tag}:target:${target}`,
    /** Sorted set: targets with pending deliveries, by when they are to be looked at in ms. */
    targets: `${tag}:targets`,
    /** Sorted set: deliveries to a target that a courier has now, by when its claim on them ends in ms. */
    flights: (target: string): string => `${tag}:flights:${target}`,
    /** Hash: failures in a row of a target, and since when. */
    breaker: (target: string): string => `${tag}:breaker:${target}`,
    /** List: what a courier claimed with one call. */
    claim: (token: string): string => `${tag}:claim:${token}`,
    /** Sorted set: ids of a tenant's deliveries that are dead, by creation in ms. */
    deadLetters: (tenant: string): string => `${tag}:dead-letters:${tenant}`,
    /** Hash: name of an endpoint → its revision, when it was made and changed, and what it is, JSON. */
    endpoints: `${tag}:endpoints`,
    /** String: counts the changes of all endpoints. */
    endpointsRevision: `${tag}:endpoints-revision`,
    /** Stream: packs of captured jobs that have ended, for the courier to write them to its folder. */
    captures: `${tag}:captures`,
    /** Hash: how capture is. See `pack/capture.ts` for its fields. */
    capture: `${tag}:capture`,
    /** Sorted set: shadows that have ended, each with the job that it stands beside, by when to compare them. */
    shadowEnds: `${tag}:shadow-ends`,
    /** Hash: what is counted of the pairs of a comparison; see `endpoint/verdict/counters.ts`. */
    comparison: (comparison: string): string => `${tag}:comparison:${comparison}`,
    /** List: the last pairs of a comparison whose outputs differ, newest first, JSON. */
    disagreements: (comparison: string): string => `${tag}:disagreements:${comparison}`,
    /** Hash: file that the courier writes captured jobs to → bytes in it that are sure. */
    captureFiles: `${tag}:capture-files`,
    /** Hash: a replay. See `replay/record.ts` for its fields. */
    replay: (id: string): string => `${tag}:replay:${id}`,
    /** Sorted set: ids of a tenant's replays, by creation in ms. */
    replays: (tenant: string): string => `${tag}:replays:${tenant}`,
    /** Sorted set: ids of replays that have not ended, by when the courier looks at them, in ms. */
    replayWork: `${tag}:replay-work`,
    /** Hash: labels by whether they found the output of a variant right, `<endpoint>/<variant>/<name>@<version>`. */
    accuracy: (variant: string): string => `${tag}:accuracy:${variant}`,
    /** Hash: a webhook endpoint. See `webhook/endpoints.ts` for its fields. */
    webhookEndpoint: (id: string): string => `${tag}:webhook-endpoint:${id}`,
    /** Set: ids of a tenant's webhook endpoints. */
    webhookEndpoints: (tenant: string): string => `${tag}:webhook-endpoints:${tenant}`,
    /** String: the secrets of a tenant for URLs that are no endpoint's, JSON. */
    webhookSecret: (tenant: string): string => `${tag}:webhook-secret:${tenant}`,
    /** Sorted set: ids of a tenant's deliveries, by creation in ms. */
    deliveries: (tenant: string): string => `${tag}:deliveries:${tenant}`,
    /** Pub/sub channel on which a gateway hears of settled jobs. */
    settled: (gateway: string): string => `${tag}:settled:${gateway}`,
    /** Pub/sub channel on which a worker hears of lanes in which packs are ready. */
    wakes: (worker: string): string => `${tag}:wakes:${worker}`,
    /** Prefix of BullMQ's own keys; another one than that of the dispatches of earlier releases. */
    shiftPrefix: `${tag}:shift`,
  } as const;
  return {
    ...keys,
    /** What a lane's name stands behind, for scripts that make the key themselves. */
    outstandingPrefix: `${tag}:outstanding:`,
    readyPrefix: `${tag}:ready:`,
    loadPrefix: `${tag}:load:`,
    heldPrefix: `${tag}:held:`,
    stillPrefix: `${tag}:still:`,
    flowPrefix: `${tag}:flow:`,
  };
}

/** How a key, or all keys of its kind, begin behind the partition, for Lua; undefined: nothing is called so. */
export function beginOf(name: string): string | undefined {
  const key: unknown = Reflect.get(workKeys, name);
  const text: unknown = typeof key === "function" ? Reflect.apply(key, undefined, [""]) : key;
  const isBegin = typeof text === "string" && !/::|undefined/.test(text);
  return isBegin ? text.slice(text.indexOf("}") + 1) : undefined;
}
