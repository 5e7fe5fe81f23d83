import assert from "node:assert/strict";
import { Agent, request } from "node:http";
import { text } from "node:stream/consumers";
import { describe, it } from "node:test";
import { keyHeader } from "../support/client.ts";
import { System } from "../support/system.ts";

/** Node warns of the eleventh listener of a kind. */
const UPLOADS = 15;

describe("many uploads on one connection", () => {
  it("leave nothing on it, and what Node warns of is a line of JSON", async () => {
    const env = { MODELS_DIR: "test/fixtures/models", NODE_OPTIONS: "--trace-warnings" };
    await using system = await System.bare(env);
    const { role, url } = await system.gateway();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let i = 0; i < UPLOADS; i += 1) {
      const headers = { ...keyHeader(url), "content-type": "application/json" };
      const asked = request(`${url}/v1/batches`, { method: "POST", agent, headers });
      const answered = Promise.withResolvers<string>();
      asked.on("response", (response) => void text(response).then(answered.resolve));
      asked.on("error", answered.reject);
      asked.write('{"model":"lookup","items":');
      asked.end("[{}]}");
      assert.match(await answered.promise, /"status"/);
    }
    agent.destroy();
    // By now it has warned, if it ever does.
    await role.end("SIGTERM");
    assert.doesNotMatch(role.log, /MaxListenersExceededWarning/);
    for (const line of role.log.trimEnd().split("\n")) assert.doesNotThrow(() => JSON.parse(line));
  });
});
