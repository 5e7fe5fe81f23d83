import assert from "node:assert/strict";
import { once } from "node:events";
import { request as send, type ClientRequest } from "node:http";
import { it } from "node:test";
import { keyHeader, request, type Reply } from "../support/client.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";

const LARGE_BYTES = 2_000_000;
const JSON_TYPE = { "content-type": "application/json" };

it("large bodies that come together are refused beyond the gateway's budget, small ones never", async () => {
  await using system = await System.bare({
    MODELS_DIR: "test/fixtures/models",
    BODY_BYTES_MAX: "2100000",
    BODIES_BYTES_MAX: "3000000",
  });
  const { url } = await system.gateway();
  const target = `${url}/v1/models/slow-text/jobs`;
  const post = async (bytes: number, isChunked = false): Promise<Reply> => {
    const body = JSON.stringify({ input: { text: "a" } }).padEnd(bytes);
    const stream = isChunked
      ? { body: new Blob([body]).stream(), duplex: "half" as const }
      : { body };
    return request(target, { method: "POST", headers: JSON_TYPE, ...stream });
  };

  const headers = { ...JSON_TYPE, ...keyHeader(url), "content-length": LARGE_BYTES };
  const beginSlow = (): ClientRequest => {
    const slow = send(target, { method: "POST", headers });
    slow.on("error", () => {}); // it is ended below
    slow.write("{");
    return slow;
  };
  const declared = beginSlow();
  assert.equal(
    (await post(LARGE_BYTES)).status,
    202,
    "what is declared and has not come takes room",
  );
  declared.destroy();
  for (const isChunked of [false, true]) {
    // One each: a body has a minute to arrive, which a busy machine needs for a few of the others.
    let slow = beginSlow();
    const refusals: Reply[] = [];
    await until("it is being received", async () => {
      // Whichever of the two comes second is refused; and one that was ended may take room for a moment yet.
      slow.destroy();
      slow = beginSlow();
      slow.write("".padEnd(LARGE_BYTES - 2));
      const signs = ["drain", "response", "close"].map(async (sign) => once(slow, sign));
      await Promise.race(signs).catch(() => {});
      if ((await post(LARGE_BYTES)).status !== 503) return false;
      const second = await post(LARGE_BYTES, isChunked);
      if (second.status === 503) refusals.push(second);
      return second.status === 503;
    });
    const [refused] = refusals;
    assert.equal(refused?.body.code, "service_unavailable");
    assert.equal(refused.headers.get("retry-after"), "2");
    assert.equal((await post(100, isChunked)).status, 202);
    slow.destroy();
  }
  await until("there is room again", async () => (await post(LARGE_BYTES)).status === 202);
  assert.equal((await post(LARGE_BYTES, true)).status, 202);
});
