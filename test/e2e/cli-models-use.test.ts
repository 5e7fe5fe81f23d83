import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { cli } from "../support/cli.ts";
import { ask } from "../support/client.ts";
import {
  type EndpointClient,
  readJob,
  refused,
  shares,
  startVersioned,
  type VersionedSystem,
} from "../support/endpoints.ts";
import { freePort } from "../support/redis.ts";
import { until } from "../support/until.ts";

const VERSIONS = 3;

describe("scoreline models", () => {
  let system: VersionedSystem;
  let client: EndpointClient;
  let home = "";
  before(async () => {
    system = await startVersioned(VERSIONS);
    ({ client } = system);
    home = join(system.models, "versioned");
  });
  after(async () => system[Symbol.asyncDispose]());

  const run = async (words: string, url = system.url) =>
    cli(["models", ...words.split(" "), "--url", url], {
      MODELS_DIR: system.models,
      SCORELINE_API_KEY: system.key,
    });
  const done = async (words: string): Promise<string> => {
    const { code, out, err } = await run(words);
    assert.deepEqual([code, err], [0, ""]);
    return out;
  };
  const list = async () => (await cli(["models", "list"], { MODELS_DIR: system.models })).out;
  const failed = async (words: string): Promise<string> => {
    const { code, out, err } = await run(words);
    assert.deepEqual([code, out], [1, ""]);
    return err;
  };
  const score = async (model: string, headers: Record<string, string> = {}): Promise<Response> =>
    ask(`${system.url}/v1/models/${model}/jobs`, {
      method: "POST",
      headers: { "content-type": "application/json", prefer: "wait=60", ...headers },
      body: `{"input":{}}`,
    });
  const submit = async (headers: Record<string, string>): Promise<Response> =>
    ask(`${system.url}/v1/batches`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({ model: "versioned@2", items: [{ input: {} }] }),
    });
  const answersWith = async (name: string, version: number): Promise<void> =>
    until(`${name} means version ${version}`, async () => {
      const response = await score(name);
      const text = await response.text();
      assert.equal(response.status, 200, text);
      return readJob(text).output.version === version;
    });

  it("use: moves the bare name, and rollback moves it back, without a failed request", async () => {
    await answersWith("versioned", 3);
    assert.equal(
      await done("use versioned@1"),
      `"versioned" means versioned@1 now; it meant versioned@3\n`,
    );
    await answersWith("versioned", 1);
    assert.match(await list(), /^versioned@1 \* /m);
    assert.equal(await done("use versioned@1"), `"versioned" means versioned@1 already\n`);
    assert.deepEqual(JSON.parse(await done("use versioned@2 --json")), {
      model: "versioned",
      default: "versioned@2",
      before: "versioned@1",
      result: "changed",
    });
    assert.match(await done("rollback versioned"), /means versioned@1 now; it meant versioned@2/);
    await answersWith("versioned", 1);
    await done("rollback versioned");
    await answersWith("versioned", 2);
  });

  it("use: says what it cannot do", async () => {
    assert.match(
      await failed("use versioned@9"),
      /no model "versioned@9".*versioned@1, versioned@2/,
    );
    assert.match(
      await failed("rollback other"),
      /means other@1; what it meant before is not known/,
    );
    assert.match(await failed("rollback nothing"), /no model "nothing"/);
  });

  it("use and rollback: leave a name alone that is an endpoint", async () => {
    const chosen = readFileSync(join(home, "default"), "utf8");
    await client.put("versioned", shares(90, 10));
    for (const words of ["use versioned@3", "rollback versioned"]) {
      assert.match(await failed(words), /"versioned" is an endpoint, .*; nothing was changed/);
    }
    await client.send("DELETE", "versioned");
    assert.equal(readFileSync(join(home, "default"), "utf8"), chosen);
  });

  it("use: needs no gateway, and says that none was asked", async () => {
    const nowhere = `http://127.0.0.1:${await freePort()}`;
    const { code, err } = await run("use versioned@3", nowhere);
    assert.equal(code, 0);
    assert.match(err, /not asked whether an endpoint is in the way: nothing answers at/);
    await answersWith("versioned", 3);
  });

  it("archive: refuses new jobs, while those that were accepted end", async () => {
    for (const role of system.roles.filter(({ name }) => name === "worker")) {
      await role.end("SIGTERM");
    }
    const key = { prefer: "respond-async", "idempotency-key": "old" };
    const accepted = await score("versioned@2", key);
    assert.equal(accepted.status, 202);
    const place = accepted.headers.get("location") ?? "";
    const batched = await submit(key);
    assert.equal(batched.status, 202);
    assert.equal(await done("archive versioned@2"), "versioned@2 is archived now\n");
    // At once, though the gateway has not looked at its models since.
    const [status] = await refused(client.send("PUT", "late", shares(90, 10)));
    assert.equal(status, 422);
    await until("it is refused", async () => {
      const response = await score("versioned@2", { prefer: "respond-async" });
      if (response.status === 202) return false;
      assert.deepEqual(await refused(Promise.resolve(response)), [410, "model_archived"]);
      return true;
    });
    assert.deepEqual(await refused(submit({})), [410, "model_archived"]);
    const repeated = await score("versioned@2", key);
    assert.deepEqual([repeated.status, repeated.headers.get("location")], [202, place]);
    const again = await submit(key);
    const places = [again, batched].map(({ headers }) => headers.get("location"));
    assert.deepEqual([again.status, places[0]], [202, places[1]]);
    const described = await ask(`${system.url}/v1/models/versioned@2`);
    assert.match(await described.text(), /"status":"archived"/);
    assert.match(await list(), /^versioned@2 .* ready, archived$/m);

    await system.worker();
    const ended = await (await ask(`${system.url}${place}?wait=60`)).text();
    assert.equal(readJob(ended).output.version, 2);
    const scored = await ask(`${system.url}${places[1]}?wait=60`);
    assert.match(await scored.text(), /"outcome":"all_succeeded"/);
    const results = await (await ask(`${system.url}${places[1]}/results`)).text();
    assert.match(`${ended}${results}`, /"cold_start":true/, "it is not preloaded any more");
    assert.equal(await done("archive versioned@2"), "versioned@2 is archived already\n");
  });

  it("archive: is no version to use or to give traffic to, until it is undone", async () => {
    assert.match(
      await failed("use versioned@2"),
      /archived\. Undo that first: .* versioned@2 --undo/,
    );
    const [status, code, fault] = await refused(client.send("PUT", "some", shares(90, 10)));
    assert.deepEqual([status, code], [422, "invalid_input"]);
    assert.deepEqual(fault, { pointer: "/variants/1/model", detail: "versioned@2 is archived" });
    const { endpoint } = await client.put("some", shares(100, 0));
    assert.deepEqual(
      endpoint.variants.map(({ state }) => state.status === "archived"),
      [false, true],
    );
    assert.equal(await done("archive versioned@2 --undo"), "versioned@2 is not archived now\n");
    assert.ok(!existsSync(join(home, "2", "archived")));
    await until("it is scored again", async () => (await score("versioned@2")).status === 200);
    await client.put("some", shares(90, 10));
  });

  it("archive: leaves alone what the bare name means, and what gets traffic", async () => {
    assert.match(
      await failed("archive versioned@3"),
      /"versioned" means versioned@3\. First let it mean another one: .* models use versioned@2/,
    );
    await client.put("some", shares(90, 10));
    assert.match(
      await failed("archive versioned@2"),
      /versioned@2 gets traffic from endpoints: some/,
    );
    const shadows = [{ name: "next", model: "versioned@2" }];
    await client.put("some", { ...shares(100, 0), shadows });
    assert.match(
      await failed("archive versioned@2"),
      /versioned@2 gets traffic from endpoints: some/,
    );
    await client.put("some", shares(100, 0));
    await done("archive versioned@2");
    await done("archive versioned@2 --undo");
    assert.equal(await done("archive other@1"), "other@1 is archived now\n");
  });
});
