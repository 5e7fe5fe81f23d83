import assert from "node:assert/strict";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { cli } from "../support/cli.ts";
import { PHOTO, repositoryFile } from "../support/client.ts";
import { freePort, TestRedis } from "../support/redis.ts";
import { System } from "../support/system.ts";

describe("scoreline", () => {
  it("prints help and exits with 0", async () => {
    const { code, out } = await cli(["models", "pull", "--help"]);
    assert.equal(code, 0);
    assert.match(out, /^usage: scoreline models pull NAME\[@VERSION\] \[OPTIONS\]$/m);
  });

  it("exits with 2, and says how it is used, on a usage error", async () => {
    const { code, out, err } = await cli(["models", "pull"]);
    assert.deepEqual([code, out], [2, ""]);
    assert.match(err, /^scoreline: NAME\[@VERSION\] is missing\nusage: scoreline models pull /);
  });

  it("exits with 1 and a sentence when it fails", async () => {
    const { code, err } = await cli(["models", "pull", "nonsense"]);
    assert.equal(code, 1);
    assert.match(err, /^scoreline: There is no model "nonsense"\. Available: .*wine\.\n$/);
  });
});

describe("scoreline models list", () => {
  it("says of every version what it is, and whether its file is there", async () => {
    const { code, out } = await cli(["models", "list"]);
    assert.equal(code, 0);
    assert.match(out, /^MODEL +PIPELINE +SIZE +STATE\n/);
    assert.match(out, /^wine@1 \* +tabular +906 B +ready$/m);
    assert.match(out, /^resnet152@1 \* +image-classification +241\.8 MB +(?:not pulled|ready)$/m);
    assert.match(out, /^image-classification@2 {2}/m);
  });

  it("lists a version whose manifest has faults as faulty, beside the others", async () => {
    const models = mkdtempSync(join(tmpdir(), "scoreline-list-"));
    cpSync("models/wine", join(models, "wine"), { recursive: true });
    mkdirSync(join(models, "wine/2"));
    writeFileSync(join(models, "wine/2/manifest.json"), "{");
    const { code, out } = await cli(["models", "list"], { MODELS_DIR: models });
    const doctor = await cli(["doctor"], { MODELS_DIR: models, PORT: String(await freePort()) });
    rmSync(models, { recursive: true });
    assert.equal(code, 0);
    assert.match(out, /^wine@1 \* +tabular +906 B +ready$/m);
    assert.match(out, /^wine@2 +faulty\n\n.*wine\/2: /m);
    assert.equal(doctor.code, 1);
    assert.match(doctor.out, /^ok +model +wine@1$/m);
    assert.match(doctor.out, /^bad +model +.*wine\/2: /m);
  });

  it("says it as JSON", async () => {
    const entry = z.object({ model: z.string(), is_default: z.boolean(), state: z.string() });
    const { out } = await cli(["models", "list", "--json"]);
    const entries = z.array(entry).parse(JSON.parse(out));
    assert.deepEqual(
      entries.find(({ model }) => model === "wine@1"),
      { model: "wine@1", is_default: true, state: "ready" },
    );
  });
});

describe("scoreline score", () => {
  let system: System & { url: string };
  const folder = mkdtempSync(join(tmpdir(), "scoreline-cli-"));
  before(async () => {
    system = await System.start();
  });
  after(async () => {
    await system[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });
  const score = async (what: string, model: string, ...more: string[]) =>
    cli(["score", what, "--model", model, "--url", system.url, ...more], {
      SCORELINE_API_KEY: system.key,
    });

  it("prints the classes of a photograph as a table", async () => {
    const { code, out, err } = await score(PHOTO, "image-classification");
    assert.equal(code, 0, err);
    assert.match(out, /^image-classification@1, \d+ ms\n\nLABEL +INDEX +WNID +PROBABILITY\n/);
    assert.match(out, /^espresso +967 +n07920052 +0\.95\d*$/m);
  });

  it("scores several files in their order, with parameters, and the others when one fails", async () => {
    const broken = join(folder, "broken.jpg");
    writeFileSync(broken, "no image");
    const second = PHOTO.replace("espresso", "daisies");
    const { code, out, err } = await score(
      PHOTO,
      "image-classification",
      broken,
      second,
      "--param",
      "top_k=1",
    );
    assert.equal(code, 1);
    assert.match(err, /broken\.jpg: [^]*\nscoreline: 1 of 3 were not scored\n$/);
    const order = [...out.matchAll(/^(\S+):$|^(espresso|daisy) /gm)].map(
      ([, file, label]) => file ?? label,
    );
    assert.deepEqual(order, [PHOTO, "espresso", second, "daisy"]);
  });

  it("takes what is no file as text, and keeps to 80 columns", async () => {
    const { code, out, err } = await score("how do i clone an array", "faq-javascript");
    assert.equal(code, 0, err);
    assert.ok(out.includes("How do I clone an array in JavaScript?  "));
    assert.ok(out.split("\n").every((line) => line.length <= 80));
  });

  it("takes a record from a .json file, and prints the gateway's answer with --json", async () => {
    const golden = z
      .object({ cases: z.array(z.object({ input: z.unknown() })) })
      .parse(JSON.parse(repositoryFile("models/wine/1/golden.json").toString()));
    const record = join(folder, "record.json");
    writeFileSync(record, JSON.stringify(golden.cases[0]?.input));
    const { code, out, err } = await score(record, "wine", "--json");
    assert.equal(code, 0, err);
    const answer = z
      .looseObject({ status: z.string(), output: z.looseObject({ label: z.string() }) })
      .parse(JSON.parse(out));
    assert.deepEqual([answer.status, answer.output.label], ["succeeded", "class_0"]);
    assert.match((await score(record, "wine")).out, /^label +class_0$/m);
  });

  it("says what the gateway refuses, and exits with 1", async () => {
    const { code, out, err } = await score("text", "image-classification");
    assert.deepEqual([code, out], [1, ""]);
    assert.match(err, /^scoreline: \S/);
    const unknown = await score("text", "nonsense");
    assert.equal(unknown.code, 1);
    assert.match(unknown.err, /There is neither a model nor an endpoint "nonsense"/);
    const several = await score(PHOTO, "image-classification", "absent.jpg");
    assert.equal(several.code, 2);
    assert.match(several.err, /"absent\.jpg" is not a file; a text goes alone, and in quotes/);
    const missing = await score("absent.jpg", "image-classification");
    assert.deepEqual([missing.code, missing.err], [1, "scoreline: there is no file absent.jpg\n"]);
  });

  it("says what to start when nothing answers", async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const { code, err } = await cli(["score", "text", "--model", "wine", "--url", url]);
    assert.equal(code, 1);
    assert.equal(err, `scoreline: nothing answers at ${url}. Start it with: npm start\n`);
  });

  it("is seen by the doctor", async () => {
    const { port } = new URL(system.url);
    const { code, out } = await cli(["doctor"], { PORT: port, REDIS_URL: system.redis.url });
    assert.equal(code, 0, out);
    assert.ok(out.includes(`ok    port    Scoreline answers at ${system.url}\n`), out);
  });
});

describe("scoreline doctor", () => {
  it("finds all well on a machine that has been set up", async () => {
    const { code, out } = await cli(["doctor"], { PORT: String(await freePort()) });
    assert.equal(code, 0, out);
    assert.match(out, /^ok {4}node {4}24\./m);
    assert.match(out, /^ok {4}redis {3}(?:redis|valkey)-server \d/m);
    assert.match(out, /^ok {4}model {3}wine@1$/m);
    assert.match(out, /^ok {4}port {4}\d+ is free$/m);
  });

  it("says what is wrong with a Redis of ours, and what to do", async (t) => {
    const redis = await TestRedis.start();
    t.after(async () => redis[Symbol.asyncDispose]());
    const client = redis.client();
    await client.config("SET", "maxmemory-policy", "allkeys-lru");
    await client.config("SET", "appendonly", "no");
    const env = { PORT: String(await freePort()), REDIS_URL: redis.url };
    const { code, out } = await cli(["doctor"], env);
    assert.equal(code, 1);
    assert.match(out, /^bad +redis +may evict .*CONFIG SET maxmemory-policy noeviction$/m);
    assert.match(out, /^note +redis +.*CONFIG SET appendonly yes$/m);
  });

  it("says who has the port, and where no Redis answers, without its password", async (t) => {
    const port = await freePort();
    const server = createServer((_request, response) => void response.end("other"));
    await once(server.listen(port, "127.0.0.1"), "listening");
    t.after(() => server.close());
    const redis = `127.0.0.1:${await freePort()}`;
    const env = { PORT: String(port), REDIS_URL: `redis://:geheim@${redis}` };
    const { code, out, err } = await cli(["doctor", "--json"], env);
    assert.equal(code, 1);
    assert.ok(!`${out}${err}`.includes("geheim"));
    const finding = z.object({ check: z.string(), state: z.string(), text: z.string() });
    const bad = z
      .array(finding)
      .parse(JSON.parse(out))
      .filter(({ state }) => state === "bad");
    assert.deepEqual(
      bad.map(({ check }) => check),
      ["redis", "port"],
    );
    assert.ok(bad[0]?.text.includes(redis));
    assert.ok(bad[1]?.text.includes(`port ${port} is taken`));
  });
});
