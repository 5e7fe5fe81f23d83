import assert from "node:assert/strict";
import { once } from "node:events";
import { request as send, type IncomingMessage } from "node:http";
import { after, before, describe, it } from "node:test";
import { keyHeader } from "../support/client.ts";
import { System } from "../support/system.ts";

const BYTES_MAX = 4_000_000;
const body = Buffer.alloc(20_000_000, "1");
const TEXT = { "content-type": "text/plain" };

describe("a request that is refused before its body has come in", () => {
  let system: System;
  let url = "";
  let jobs = "";
  before(async () => {
    system = await System.bare({
      MODELS_DIR: "test/fixtures/models",
      BODY_BYTES_MAX: String(BYTES_MAX),
    });
    ({ url } = await system.gateway());
    jobs = `${url}/v1/models/slow-text/jobs`;
  });
  after(async () => system[Symbol.asyncDispose]());

  const cases = [
    ["without a key", 401, () => ({ ...TEXT, authorization: "Bearer sk_wrong" }), false],
    ["too large, as its head says", 413, () => ({ ...TEXT, ...keyHeader(url) }), false],
    ["too large, as it turns out", 413, () => ({ ...TEXT, ...keyHeader(url) }), true],
  ] as const;
  for (const [what, status, headers, isChunked] of cases)
    it(`${what}, is answered each time, and no connection is reset`, async () => {
      for (let i = 0; i < 8; i += 1) {
        const sent = isChunked
          ? { body: new Blob([body]).stream(), duplex: "half" as const }
          : { body };
        const answer = await fetch(jobs, { method: "POST", headers: headers(), ...sent });
        assert.equal(answer.status, status);
        assert.match(await answer.text(), /^\{.*"code":.*\}\n?$/);
      }
    });

  it("is answered soon, though the body never comes, and its connection ends", async () => {
    const headers = { ...TEXT, authorization: "Bearer sk_wrong", "content-length": 5000 };
    const slow = send(jobs, { method: "POST", headers });
    slow.on("error", () => {}); // it is ended below
    slow.write("1");
    const [answer]: IncomingMessage[] = await once(slow, "response");
    assert.equal(answer?.statusCode, 401);
    assert.equal(answer.headers.connection, "close");
    const [piece]: Buffer[] = await once(answer, "data");
    assert.match(String(piece), /"code":"unauthenticated"/);
    slow.destroy();
  });
});
