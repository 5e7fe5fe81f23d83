import assert from "node:assert/strict";
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { endpointSchema } from "../../gateway/endpoints/endpoint-json.ts";
import { cli } from "../support/cli.ts";
import { ask } from "../support/client.ts";
import {
  type EndpointClient,
  shares,
  startVersioned,
  type VersionedSystem,
} from "../support/endpoints.ts";
import { issueKey } from "../support/keys.ts";
import { freePort } from "../support/redis.ts";
import { until } from "../support/until.ts";

const VERSIONS = 3;

const appliedSchema = z.array(
  z.strictObject({ name: z.string(), result: z.string(), endpoint: z.unknown() }),
);

describe("scoreline endpoints", () => {
  let system: VersionedSystem;
  let client: EndpointClient;
  before(async () => {
    system = await startVersioned(VERSIONS);
    ({ client } = system);
  });
  after(async () => system[Symbol.asyncDispose]());

  const run = async (words: readonly string[], stdin?: string, key = system.key) =>
    cli(["endpoints", ...words, "--url", system.url], { SCORELINE_API_KEY: key }, stdin);
  const done = async (words: readonly string[], stdin?: string): Promise<string> => {
    const { code, out, err } = await run(words, stdin);
    assert.equal(code, 0, err);
    return out;
  };
  const failed = async (words: readonly string[], stdin?: string): Promise<string> => {
    const { code, out, err } = await run(words, stdin);
    assert.deepEqual([code, out], [1, ""]);
    return err;
  };
  const file = (name: string, content: unknown): string => {
    const path = join(system.models, name);
    writeFileSync(path, JSON.stringify(content));
    return path;
  };

  it("makes what a file says, once", async () => {
    const one = { name: "one", ...shares(90, 10), tags: { team: "web", a: "b" } };
    const path = file("endpoints.json", [one, { name: "two", ...shares(50, 20, 30) }]);
    assert.equal(await done(["apply", "-f", path]), "one is created\ntwo is created\n");
    assert.equal(await done(["apply", "-f", path]), "one is unchanged\ntwo is unchanged\n");
    const { revision } = await client.read("one");
    // What the gateway answers is such a file, and so is one with its members in another order.
    const shown = await done(["get", "one", "--json"]);
    assert.equal(await done(["apply", "-f", "-"], shown), "one is unchanged\n");
    const turned = JSON.stringify({ ...one, tags: { a: "b", team: "web" } });
    const [same] = appliedSchema.parse(
      JSON.parse(await done(["apply", "-f", "-", "--json"], turned)),
    );
    assert.deepEqual([same?.name, same?.result], ["one", "unchanged"]);
    assert.equal(endpointSchema.parse(same?.endpoint).revision, revision);
  });

  it("says what a file would change, and changes nothing", async () => {
    await client.put("dry", shares(90, 10));
    const path = file("dry.json", [
      { name: "dry", ...shares(80, 20) },
      { name: "not-there", ...shares(1, 2) },
    ]);
    const { code, out } = await run(["apply", "-f", path, "--diff"]);
    assert.equal(code, 1);
    assert.match(out, /^dry would be changed:\n/);
    assert.match(out, /^- +"share": 90,\n\+ +"share": 80,$/m);
    assert.match(out, /^not-there would be created:\n\+\{\n/m);
    const { variants } = await client.read("dry");
    assert.deepEqual(
      variants.map(({ share }) => share),
      [90, 10],
    );
    assert.equal((await client.send("GET", "not-there")).status, 404);
    await done(["apply", "-f", path]);
    assert.equal((await run(["apply", "-f", path, "--diff"])).code, 0);
  });

  it("names what is wrong with a file, and where", async () => {
    const says = async (content: unknown, pattern: RegExp): Promise<void> =>
      assert.match(await failed(["apply", "-f", file("bad.json", content)]), pattern);
    await says(
      [
        { name: "x", ...shares(90, 10) },
        { name: "y", variants: [] },
      ],
      /bad\.json, endpoint 2: \/variants: /,
    );
    await says(
      [{ name: "x", ...shares(90, 20) }],
      /endpoint 1: \/variants: has shares that sum to 110/,
    );
    await says(shares(90, 10), /bad\.json: has no "name"/);
    await says(
      [
        { name: "x", ...shares(1, 2) },
        { name: "x", ...shares(1, 2) },
      ],
      /x is there twice/,
    );
    await says(
      { name: "x", variants: [{ name: "a", model: "versioned@9" }] },
      /x: .*there is no versioned@9/,
    );
    assert.match(await failed(["apply", "-f", "-"], "{"), /stdin is not JSON/);
    assert.match(
      await failed(["apply", "-f", join(system.models, "none.json")]),
      /cannot read .*none\.json/,
    );
    assert.equal((await client.send("GET", "x")).status, 404, "none was made beside a faulty one");
  });

  it("shows them to people, in 80 columns", async () => {
    const shadows = [{ name: "next", model: "versioned@3", percent: 50 }];
    await client.put("shown", { ...shares(90, 10), shadows, description: "What people see." });
    const shown = await done(["get", "shown", "--wait"]);
    assert.match(shown, /^shown {2}revision \d+, changed \S+Z\nWhat people see\.\n\n/);
    assert.match(shown, /^blue \* +versioned@1 +90 % +control +ready, 1 worker$/m);
    assert.match(shown, /^green +versioned@2 +10 % +treatment +ready, 1 worker$/m);
    assert.match(shown, /^next +versioned@3 +50 % +shadow +ready, 1 worker$/m);
    const list = await done(["list"]);
    assert.match(list, /^ENDPOINT +TRAFFIC +STATE +CHANGED\n/);
    assert.match(list, /^shown +blue 90 %, green 10 % +ready +\d{4}-\d\d-\d\d$/m);
    assert.ok(`${shown}${list}`.split("\n").every((line) => line.length <= 80));
    const all = z.array(endpointSchema).parse(JSON.parse(await done(["list", "--json"])));
    assert.ok(all.some(({ name }) => name === "shown"));
  });

  it("moves traffic, promotes, rolls back and deletes", async () => {
    await client.put("moved", shares(100, 0, 0));
    const traffic = async () =>
      (await client.read("moved")).variants.map(({ traffic: percent }) => percent);
    assert.match(await done(["set-traffic", "moved", "green=20.25"]), /^green .* 20\.25 % /m);
    assert.deepEqual(await traffic(), [79.75, 20.25, 0]);
    await done(["set-traffic", "moved", "blue=50", "green=0", "red=50"]);
    assert.deepEqual(await traffic(), [50, 0, 50]);
    assert.match(
      await failed(["set-traffic", "moved", "green=51"]),
      /blue=0 green=51 red=50 sum to 101 %/,
    );
    const promoted = endpointSchema.parse(
      JSON.parse(await done(["promote", "moved", "green", "--json"])),
    );
    assert.equal(promoted.default, "green");
    assert.deepEqual(await traffic(), [0, 100, 0]);
    assert.equal((await client.score("moved")).output.version, 2);
    assert.match(await done(["rollback", "moved"]), /^before {3}blue 0 %, green 100 %, red 0 %$/m);
    assert.deepEqual(await traffic(), [50, 0, 50]);
    assert.equal((await client.read("moved")).default, "blue");
    await done(["rollback", "moved"]);
    assert.deepEqual(await traffic(), [0, 100, 0]);
    assert.equal(await done(["delete", "moved"]), "moved is deleted\n");
    assert.match(await failed(["promote", "moved", "blue"]), /There is no endpoint "moved"/);
  });

  it("changes nothing that somebody else has changed meanwhile", async (t) => {
    await client.put("raced", shares(90, 10));
    // Stands between the command and the gateway, and is quicker with a change of its own.
    const pass = async (request: IncomingMessage, answer: ServerResponse): Promise<void> => {
      const { method = "GET", url = "", headers } = request;
      const isChange = method === "PATCH";
      if (isChange) await client.put("raced", shares(70, 30));
      const response = await ask(`${system.url}${url}`, {
        method,
        headers: { "content-type": "application/json", "if-match": headers["if-match"] ?? "*" },
        ...(isChange ? { body: await text(request) } : {}),
      });
      answer.writeHead(response.status).end(await response.text());
    };
    const between = createServer((request, answer) => void pass(request, answer));
    t.after(() => between.close());
    const port = await freePort();
    await once(between.listen(port, "127.0.0.1"), "listening");
    const url = `http://127.0.0.1:${port}`;
    const words = ["endpoints", "promote", "raced", "green", "--url", url];
    const { code, err } = await cli(words, { SCORELINE_API_KEY: system.key });
    assert.equal(code, 1);
    assert.match(err, /It has changed since you read it/);
    const { default: chosen, variants } = await client.read("raced");
    assert.deepEqual([chosen, ...variants.map(({ share }) => share)], ["blue", 70, 30]);
  });

  it("asks for the scope operator", async () => {
    await client.put("theirs", shares(90, 10));
    const { tokens } = await issueKey(system.redis.client(), { scopes: ["jobs:write"] });
    const asked = async (...words: string[]) => run(words, undefined, tokens.primary);
    assert.equal((await asked("get", "theirs")).code, 0);
    const { code, err } = await asked("promote", "theirs", "green");
    assert.equal(code, 1);
    assert.match(err, /does not have the scope operator/);
  });

  it("waits no longer than it was told, and says what is in the way", async () => {
    await client.put("waited", shares(90, 0, 10));
    await done(["get", "waited", "--wait"]);
    rmSync(join(system.models, "versioned", "3"), { recursive: true });
    await until("it is missing", async () =>
      (await client.read("waited")).variants.some(({ state }) => state.status === "missing"),
    );
    assert.match(
      await failed(["get", "waited", "--wait", "--timeout", "1"]),
      /waited is not ready after 1 s:\n {2}red \(versioned@3\): missing\. versioned@3 is not in/,
    );
  });

  it("does not wait for a worker where the next job starts one", async () => {
    for (const role of system.roles.filter(({ name }) => name === "worker")) {
      assert.equal(await role.end("SIGTERM"), 0);
    }
    // The gateway looks for workers once a second.
    await until("no worker is seen", async () =>
      (await client.read("one")).variants.every(({ state }) => state.status !== "ready"),
    );
    const shown = await done(["get", "one", "--wait"]);
    assert.match(shown, /^blue \* .* scales from zero$/m);
    assert.match(shown, /^blue: No worker serves it now; one is started when work comes\.$/m);
  });
});
