import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { operationsWith } from "../../gateway/rooms.ts";
import { repositoryFile } from "../support/client.ts";
import { DescribedGateway, type Ask } from "../support/described-gateway.ts";
import { System } from "../support/system.ts";

const identified = z.looseObject({ id: z.string() });
const madeKey = z.looseObject({
  id: z.string(),
  secrets: z.looseObject({ primary: z.string() }),
});

/** Tags of the operations that are described here. */
const HERE = new Set<string>(["Keys", "Endpoints", "Queue"]);

describe("openapi.json, of keys, endpoints and the queue,", () => {
  let system: System;
  let gateway: DescribedGateway;
  before(async () => {
    system = await System.bare({ KEY_REQUESTS_PER_MINUTE: "100000" });
    gateway = await DescribedGateway.at((await system.gateway()).url);
  });
  after(async () => system[Symbol.asyncDispose]());

  const ask: DescribedGateway["ask"] = async (...given) => gateway.ask(...given);

  it("describes keys, and who is refused without the right one", async () => {
    const { text } = await ask("createKey", 201, [], json({ name: "one", models: ["wine"] }));
    const { id, secrets } = madeKey.parse(JSON.parse(text));
    const own = { authorization: `Bearer ${secrets.primary}` };
    await ask("listKeys", 200);
    await ask("listKeys", "invalid_input", [], { query: "?limit=x" });
    await ask("getCaller", 200);
    await ask("getKey", 200, [id]);
    await ask("getKey", "forbidden", [id], { headers: own });
    await ask("getModel", "forbidden", ["faq-javascript"], { headers: own });
    await ask("getModel", 200, ["wine"], { headers: own });
    await ask("listModels", "unauthenticated", [], { headers: { authorization: "Bearer x" } });
    await ask("createToken", 200, [], { headers: own });
    await ask("createToken", "forbidden", [], json({ scopes: ["admin"] }, own));
    await ask("createToken", "unknown_field", [], json({ tenant: "other" }));
    const made = await ask("createSignInCode", 201, [], { headers: own });
    const { code } = z.object({ code: z.string() }).parse(JSON.parse(made.text));
    await ask("signIn", 200, [], json({ code }));
    await ask("signIn", "unauthenticated", [], json({ code }));
    await ask("signIn", "invalid_input", [], json({ code: "another" }));
    await ask("jwks", 200);
    await ask("regenerateKey", 200, [id], json({ secret: "primary" }));
    await ask("regenerateKey", "invalid_input", [id], json({ secret: "third" }));
    await ask("createKey", "unknown_field", [], json({ name: "two", rank: "admin" }));
    const admin = system.key.split("_")[1] ?? "";
    await ask("revokeKey", "last_admin_key", [`key_${admin}`]);
    await ask("revokeKey", 204, [id]);
    await ask("revokeKey", "not_found", ["key_none"]);
  });

  it("describes roles", async () => {
    const scorer = json({ scopes: ["jobs:write"] });
    await ask("putRole", 200, ["scorer"], scorer);
    await ask("putRole", "invalid_input", ["No!"], scorer);
    await ask("listRoles", 200);
    await ask("getRole", 200, ["scorer"]);
    await ask("getRole", "not_found", ["nobody"]);
    await ask("deleteRole", 204, ["scorer"]);
    await ask("deleteRole", "not_found", ["scorer"]);
  });

  it("describes endpoints: made, seen, changed, deleted", async () => {
    const split = json({ variants: [{ name: "blue", model: "wine@1" }] });
    const { headers } = await ask("putEndpoint", 201, ["red-or-white"], split);
    const ifMatch = { "if-match": headers.get("etag") ?? "" };
    const renamed = json({ description: "Which wine it is." }, ifMatch);
    await ask("patchEndpoint", 200, ["red-or-white"], renamed);
    await ask("patchEndpoint", "precondition_failed", ["red-or-white"], renamed);
    await ask("patchEndpoint", "not_found", ["nope"], json({}));
    await ask("putEndpoint", 200, ["red-or-white"], split);
    const unknown = json({ variants: [{ name: "blue", model: "nope@1" }] });
    await ask("putEndpoint", "invalid_input", ["red-or-white"], unknown);
    await ask("listEndpoints", 200);
    await ask("getEndpoint", 200, ["red-or-white"]);
    await ask("getEndpoint", "not_found", ["nope"]);
    await ask("deleteEndpoint", 204, ["red-or-white"]);
    await ask("deleteEndpoint", "not_found", ["red-or-white"]);
  });

  it("describes comparisons and replays", async () => {
    const variants = [{ name: "blue", model: "wine@1" }];
    await ask("putEndpoint", 201, ["replayed"], json({ variants }));
    await ask("getComparisons", 200, ["replayed"]);
    await ask("getComparisons", "not_found", ["nope"]);
    await ask("resetComparisons", 204, ["replayed"]);
    const batch = json({ model: "wine", keep_inputs: true, items: [{ input: wine() }] });
    const made = await ask("createBatch", 202, [], batch);
    const { id } = identified.parse(JSON.parse(made.text));
    const wanted = json({ model: "wine@1", batch: id });
    const { text } = await ask("createReplay", 202, ["replayed"], wanted);
    const replay = identified.parse(JSON.parse(text)).id;
    await ask("listReplays", 200, ["replayed"]);
    await ask("getReplay", 200, ["replayed", replay]);
    await ask("deleteReplay", 204, ["replayed", replay]);
    await ask("getReplay", "not_found", ["replayed", "rpl_none"]);
    await ask("deleteEndpoint", 204, ["replayed"]);
  });

  it("describes lanes, and what an operator does with them", async () => {
    await ask("listQueue", 200);
    await ask("queueEvents", 200);
    await ask("queueHistory", 200);
    await ask("pauseQueue", 200, ["wine@1.bulk"], json({ refuse: true }));
    await ask("pauseQueue", "invalid_input", ["wine@1.bulk"], json({ refuse: "yes" }));
    await ask(
      "createBatch",
      "queue_paused",
      [],
      json({ model: "wine", items: [{ input: wine() }] }),
    );
    await ask("resumeQueue", 200, ["wine@1.bulk"]);
    await ask("purgeQueue", 200, ["wine@1.bulk"]);
    const since = new Date(0).toISOString();
    await ask("retryFailed", 200, [], json({ since }));
    await ask("retryFailed", "invalid_input", [], json({ since: "long ago" }));
    for (const id of ["pauseQueue", "resumeQueue", "purgeQueue"]) {
      await ask(id, "not_found", ["nope@1.bulk"]);
    }
  });

  it("has no operation that was not answered with success here", () => {
    const own = operationsWith([]).filter(({ tag }) => HERE.has(tag));
    const missed = own
      .map(({ handler }) => handler.name)
      .filter((id) => !gateway.succeeded.has(id));
    assert.ok(own.length > 10);
    assert.deepEqual(missed, []);
  });
});

function wine(): unknown {
  const [line = ""] = repositoryFile("docs/examples/wines.ndjson").toString().split("\n");
  return z.object({ input: z.unknown() }).parse(JSON.parse(line)).input;
}

function json(body: unknown, headers: Record<string, string> = {}): Ask {
  return {
    body: JSON.stringify(body),
    headers: { "content-type": "application/json", ...headers },
  };
}
