import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { answerSchema, ask } from "../support/client.ts";
import { Collector, type CollectedSpan } from "../support/collector.ts";
import { EndpointClient } from "../support/endpoints.ts";
import { INSPECTED, loadedFiles } from "../support/inspector.ts";
import { Receiver } from "../support/receiver.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";
import { RECEIVERS_HERE, urlOf } from "../support/webhooks.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT = "00f067aa0ba902b7";
const SENT = `00-${TRACE}-${PARENT}-01`;
const QUESTION = { input: { text: "how do i clone an array" } };
const OF_A_JOB = ["accept", "batch", "create", "deliver", "run", "settle"];
const SERVICES: Readonly<Record<string, string>> = {
  create: "scoreline-gateway",
  accept: "scoreline-gateway",
  batch: "scoreline-worker",
  run: "scoreline-worker",
  settle: "scoreline-worker",
  deliver: "scoreline-courier",
};

describe("traces", () => {
  let collector: Collector;
  let receiver: Receiver;
  let system: System & { url: string };
  before(async () => {
    collector = await Collector.start();
    receiver = await Receiver.http((response) => response.writeHead(200).end());
    const env = { ...RECEIVERS_HERE, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
    system = Object.assign(await System.bare(env), { url: "" });
    const [{ url }] = await Promise.all([
      system.gateway(),
      system.worker({ env: { WORKER_MODELS: "faq-javascript,image-classification" } }),
      system.courier(),
    ]);
    system.url = url;
  });
  after(async () => {
    await system[Symbol.asyncDispose]();
    await receiver[Symbol.asyncDispose]();
    await collector[Symbol.asyncDispose]();
  });
  beforeEach(() => void receiver.received.splice(0));
  afterEach(() => void collector.spans.splice(0));

  async function create(
    headers: Record<string, string> = {},
    more: object = {},
    name = "faq-javascript",
  ) {
    const response = await ask(`${system.url}/v1/models/${name}/jobs`, {
      method: "POST",
      headers: { "content-type": "application/json", prefer: "wait=60", ...headers },
      body: JSON.stringify({ ...QUESTION, webhook: { url: urlOf(receiver) }, ...more }),
    });
    const { id = "" } = answerSchema.parse(await response.json());
    return { id, told: response.headers.get("traceparent") ?? "", status: response.status };
  }

  /** The spans of a trace by name, once all of one job are there. */
  async function spansOf(traceId: string, names = OF_A_JOB) {
    const ours = (): readonly CollectedSpan[] =>
      collector.spans.filter((span) => span.traceId === traceId);
    const isThere = (name: string): boolean => ours().some((span) => span.name === name);
    await until(`there are ${names.join()}`, () => names.every(isThere));
    assert.deepEqual(
      ours()
        .map(({ name }) => name)
        .toSorted(),
      names,
      "each once",
    );
    const of = (name: string): CollectedSpan => {
      const found = ours().find((span) => span.name === name);
      assert.ok(found !== undefined, name);
      return found;
    };
    return { all: ours(), of };
  }

  it("are one over gateway, worker and courier, as part of the client's", async () => {
    const { id, told } = await create({ traceparent: SENT });
    assert.equal(told, SENT);
    const { all, of } = await spansOf(TRACE);
    for (const span of all) {
      assert.equal(span.service, SERVICES[span.name], span.name);
      assert.ok(span.endMs >= span.startMs, span.name);
      assert.equal(span.isError, false, span.name);
    }
    const [accept, batch, run] = [of("accept"), of("batch"), of("run")];
    assert.equal(of("create").parentId, PARENT);
    assert.equal(accept.parentId, of("create").spanId);
    for (const name of ["batch", "run", "settle", "deliver"]) {
      assert.equal(of(name).parentId, accept.spanId, name);
    }
    assert.deepEqual(batch.links, [accept.spanId], "to its members");
    assert.deepEqual(run.links, [batch.spanId]);
    for (const name of ["create", "accept", "run", "settle"]) {
      assert.equal(of(name).facts["scoreline.job.id"], id, name);
    }
    assert.equal(of("settle").facts["scoreline.job.status"], "succeeded");
    const [message] = receiver.received;
    assert.equal(message?.headers["traceparent"], `00-${TRACE}-${of("deliver").spanId}-01`);
  });

  it("begin with the create of a client that sends none, whom its answer tells, and no receiver", async () => {
    const { told } = await create();
    const [, traceId = "", spanId = ""] = told.split("-");
    const { of } = await spansOf(traceId);
    assert.deepEqual([of("create").spanId, of("create").parentId], [spanId, ""]);
    const [message] = receiver.received;
    assert.equal(message?.headers["traceparent"], undefined);
  });

  it("of jobs in one tensor batch meet in its span, which links to all of them", async () => {
    const jobs = await Promise.all(Array.from({ length: 8 }, async () => create()));
    const traces = new Set(jobs.map(({ told }) => told.split("-")[1]));
    const linked = (): string[] => collector.named("batch").flatMap(({ links }) => links);
    // Each role sends its own, in its own time.
    await until("all are accepted", () => collector.named("accept").length === 8);
    await until("all have run", () => collector.named("run").length === 8);
    await until("all are in a batch", () => linked().length === 8);
    await until("all are settled", () => collector.named("deliver").length === 8);
    const accepts = collector.named("accept").map(({ spanId }) => spanId);
    const batches = collector.named("batch");
    assert.deepEqual(linked().toSorted(), accepts.toSorted());
    for (const batch of batches) assert.ok(traces.has(batch.traceId));
    const inBatches = new Set(batches.map(({ spanId }) => spanId));
    for (const { traceId, links } of collector.named("run")) {
      assert.ok(traces.has(traceId));
      assert.ok(links.length === 1 && inBatches.has(links[0] ?? ""));
    }
  });

  it("are not recorded where the client says so", async () => {
    const sent = SENT.replace(/01$/, "00");
    const { told } = await create({ traceparent: sent });
    await until("a message came", () => receiver.received.length === 1);
    assert.equal(told, sent);
    assert.equal(receiver.received[0]?.headers["traceparent"], sent);
    await create(); // what comes later has come: so would what was before
    await until("a delivery is there", () => collector.named("deliver").length > 0);
    assert.deepEqual(
      collector.spans.filter(({ traceId }) => traceId === TRACE),
      [],
    );
  });

  it("say by which variant of which endpoint a job was made", async () => {
    const variants = [{ name: "blue", model: "faq-javascript@1", share: 100 }];
    await new EndpointClient(system.url).put("faq", { variants });
    const { told } = await create({}, {}, "faq");
    const { of } = await spansOf(told.split("-")[1] ?? "");
    const { facts } = of("create");
    assert.deepEqual(
      ["endpoint", "variant", "model"].map((name) => facts[`scoreline.${name}`]),
      ["faq", "blue", "faq-javascript@1"],
    );
  });

  it("have what a shadow was accepted for, and what ran it, in the trace of its live job", async () => {
    const model = "faq-javascript@1";
    const variants = [{ name: "blue", model }];
    const shadows = [{ name: "next", model }];
    await new EndpointClient(system.url).put("shadowed", { variants, shadows });
    const { id, told } = await create({}, { webhook: undefined }, "shadowed");
    const [, traceId = ""] = told.split("-");
    const ours = (name: string) => collector.named(name).filter((span) => span.traceId === traceId);
    await until("it is created", () => ours("create").length === 1);
    for (const name of ["accept", "run", "settle"]) {
      await until(`there are both of ${name}`, () => ours(name).length === 2);
    }
    const [root] = ours("create");
    const accepts = ours("accept");
    assert.deepEqual(
      accepts.map(({ parentId }) => parentId),
      [root?.spanId, root?.spanId],
    );
    const shadow = accepts.find(({ facts }) => facts["scoreline.origin"] === "shadow");
    assert.notEqual(shadow?.facts["scoreline.job.id"], id);
    for (const name of ["run", "settle"]) {
      const parents = ours(name).map(({ parentId }) => parentId);
      assert.deepEqual(parents.toSorted(), accepts.map(({ spanId }) => spanId).toSorted(), name);
    }
    assert.deepEqual(ours("deliver"), []);
  });

  it("say why a request was refused", async () => {
    const { told, status } = await create({}, { webhook: undefined, parameters: { none: 1 } });
    assert.equal(status, 422);
    const { of } = await spansOf(told.split("-")[1] ?? "", ["create"]);
    assert.equal(of("create").isError, true);
  });

  it("are sent to the end when a process is stopped", async () => {
    const { told } = await create({}, { webhook: undefined });
    const traceId = told.split("-")[1] ?? "";
    for (const role of system.roles) assert.equal(await role.end("SIGTERM"), 0, role.name);
    await spansOf(traceId, ["accept", "batch", "create", "run", "settle"]);
  });
});

describe("traces for a collector that is away", () => {
  it("cost no job, and no process its end", async () => {
    const gone = await Collector.start();
    await gone[Symbol.asyncDispose]();
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: gone.url, OTEL_EXPORTER_OTLP_TIMEOUT: "500" };
    await using system = await System.start(env);
    const response = await ask(`${system.url}/v1/models/faq-javascript/jobs`, {
      method: "POST",
      headers: { "content-type": "application/json", prefer: "wait=60" },
      body: JSON.stringify(QUESTION),
    });
    assert.equal(response.status, 200);
    const gateway = system.roles.find(({ name }) => name === "gateway");
    const said = '"msg":"collector does not take spans"';
    await until("the gateway says so", () => gateway?.log.includes(said) === true);
    for (const role of system.roles) assert.equal(await role.end("SIGTERM"), 0, role.name);
  });
});

describe("without a collector", () => {
  it("no role loads what records spans, so no job has any", async () => {
    await using system = await System.start(INSPECTED);
    const response = await ask(`${system.url}/v1/models/faq-javascript/jobs`, {
      method: "POST",
      headers: { "content-type": "application/json", prefer: "wait=60", traceparent: SENT },
      body: JSON.stringify(QUESTION),
    });
    assert.equal(response.status, 200);
    assert.equal(system.roles.length, 3);
    for (const role of system.roles) {
      const files = await loadedFiles(role);
      assert.ok(
        files.some((file) => file.endsWith("/shared/tracing/tracer.ts")),
        `${role.name}: its files are told`,
      );
      assert.deepEqual(
        files.filter((file) => /@opentelemetry\/(?!api\/)|otlp-tracer/.test(file)),
        [],
        role.name,
      );
    }
  });
});
