import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Lane } from "../../shared/lane.ts";
import type { Keys } from "../../shared/redis/keys.ts";
import { accessKeyFields } from "../../shared/access/key.ts";
import { batchFields, chunkFields } from "../../shared/batch/fields.ts";
import { replayFields } from "../../shared/replay/record.ts";
import { captureFields } from "../../shared/pack/capture.ts";
import { packFields } from "../../shared/pack/record.ts";
import { flowFields } from "../../shared/lane/flow.ts";
import { deliveryFields } from "../../shared/webhook/delivery.ts";
import { endpointFields } from "../../shared/webhook/endpoints.ts";
import { keys } from "../support/redis-keys.ts";
import { section, tableRows } from "./support/markdown.ts";
import { filesMatching, readText } from "./support/repository.ts";

const document = readText("docs/redis-keys.md");

/** A stand-in for any model version and class. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const anyLane = { model: "<name>@<version>", class: "<class>" } as unknown as Lane;

/** Of releases before packs. */
const earlier = {
  job: keys.job("<id>"),
  earlierChunk: keys.earlierChunk("<batch>/<number>"),
  undispatched: keys.undispatched,
};

/** Every key; the type makes a new one a fault here. */
const patterns = {
  packInput: keys.packInput("<pack>"),
  deliveriesOf: keys.deliveriesOf("<pack>"),
  deliveriesOfBatch: keys.deliveriesOfBatch("<id>"),
  outstanding: keys.outstanding(anyLane),
  load: keys.load(anyLane),
  recent: keys.recent("<name>@<version>"),
  lanes: keys.lanes,
  flow: keys.flow(anyLane),
  due: keys.due,
  tenants: keys.tenants,
  tenant: keys.tenant("<count>"),
  jobs: keys.jobs("<tenant>"),
  idempotency: keys.idempotency("<scope>"),
  requests: keys.requests("<key>", "<minute>"),
  batch: keys.batch("<id>"),
  batchDone: keys.batchDone("<id>"),
  chunkItems: keys.chunkItems("<batch>/<number>"),
  chunkLines: keys.chunkLines("<batch>/<number>"),
  claimedLines: keys.claimedLines("<batch>/<number>", "<attempt>"),
  batches: keys.batches("<tenant>"),
  batchWork: keys.batchWork,
  batchNews: keys.batchNews,
  batchSinks: keys.batchSinks,
  workers: keys.workers,
  processes: keys.processes,
  idSecret: keys.idSecret,
  born: keys.born,
  accessKey: keys.accessKey("<id>"),
  accessKeys: keys.accessKeys,
  adminKeys: keys.adminKeys,
  roles: keys.roles,
  signingKeys: keys.signingKeys,
  signIn: keys.signIn("<key>"),
  hooks: keys.hooks("<tenant>"),
  delivery: keys.delivery("<id>"),
  target: keys.target("<target>"),
  targets: keys.targets,
  flights: keys.flights("<target>"),
  breaker: keys.breaker("<target>"),
  claim: keys.claim("<token>"),
  deadLetters: keys.deadLetters("<tenant>"),
  webhookEndpoint: keys.webhookEndpoint("<id>"),
  webhookEndpoints: keys.webhookEndpoints("<tenant>"),
  webhookSecret: keys.webhookSecret("<tenant>"),
  deliveries: keys.deliveries("<tenant>"),
  endpoints: keys.endpoints,
  endpointsRevision: keys.endpointsRevision,
  captures: keys.captures,
  capture: keys.capture,
  shadowEnds: keys.shadowEnds,
  comparison: keys.comparison("<comparison>"),
  disagreements: keys.disagreements("<comparison>"),
  captureFiles: keys.captureFiles,
  accuracy: keys.accuracy("<endpoint>/<variant>/<name>@<version>"),
  replay: keys.replay("<id>"),
  replays: keys.replays("<tenant>"),
  replayWork: keys.replayWork,
  settled: keys.settled("<gateway>"),
  wakes: keys.wakes("<worker>"),
  erased: keys.erased,
  rewritten: keys.rewritten,
  layout: keys.layout,
  outputOf: `${keys.pack("<pack>")}:out<index>`,
  pack: keys.pack("<pack>"),
  ready: keys.ready(anyLane),
  held: keys.held(anyLane),
  history: keys.history(anyLane),
  still: keys.still(anyLane),
  runs: keys.runs,
  taken: keys.taken("<run>"),
  shiftPrefix: `${keys.shiftPrefix}:*`,
} satisfies Record<
  | Exclude<
      keyof Keys,
      keyof typeof earlier | `${"outstanding" | "ready" | "load" | "held" | "still" | "flow"}Prefix`
    >
  | "outputOf",
  string
>;

describe("docs/redis-keys.md", () => {
  it("lists every key of shared/redis/keys.ts, and no other", () => {
    const shown = tableRows(section(document, "## Keys")).map(([key = ""]) => key);
    assert.deepEqual(inOrder(shown), inOrder(Object.values(patterns)));
  });

  it("names the keys of earlier releases", () => {
    for (const key of Object.values(earlier)) assert.ok(document.includes(`\`${key}\``), key);
  });

  for (const [heading, table] of [
    ["## Fields of a pack", packFields],
    ["## Fields of a batch", batchFields],
    ["## Fields of a replay", replayFields],
    ["## Fields of a chunk", chunkFields],
    ["## Fields of a flow", flowFields],
    ["## Fields of an access key", accessKeyFields],
    ["## Fields of a delivery", deliveryFields],
    ["## Fields of a webhook endpoint", endpointFields],
    ["## Fields of capture", captureFields],
  ] as const) {
    it(`lists the fields of a table under "${heading}", and no other`, () => {
      const rows = tableRows(section(document, heading));
      const shown = rows.flatMap(([fields = ""]) => fields.replaceAll("`", "").split(", "));
      const named = shown.filter((field) => !field.includes("<"));
      assert.deepEqual(inOrder(named), inOrder(Object.values(table.letters)));
    });
  }

  it("shows KEDA the key whose length is the load", () => {
    const load = keys.load({ model: "faq-javascript@1", class: "interactive" });
    assert.ok(document.includes(`listName: "${load}"`));
  });

  it("misses no key that a script makes by itself", () => {
    const suffixes = filesMatching(["shared/**/*.lua"]).flatMap(({ text }) =>
      [...text.matchAll(/\.\. '(:[^']*)'/g)].map(([, suffix = ""]) => suffix),
    );
    const known = [
      keys.packInput("").slice(keys.pack("").length),
      keys.deliveriesOf("").slice(keys.pack("").length),
      keys.chunkItems("").slice(keys.pack("").length),
      keys.chunkLines("").slice(keys.pack("").length),
      keys.batchDone("").slice(keys.batch("").length),
      ":jobs", // and two more counts of a tenant
      ":batches",
      ":bytes",
      ":lock", // BullMQ's own, of a shift
      ":", // between a pack and the indexes of a tenant, in a listing
    ];
    assert.deepEqual(inOrder([...new Set(suffixes)]), inOrder([...new Set(known)]));
  });
});

function inOrder(names: readonly string[]): string[] {
  return names.toSorted((a, b) => a.localeCompare(b));
}
