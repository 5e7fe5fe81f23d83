import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { describe, it } from "node:test";
import fc from "fast-check";
import { newSecret } from "../../../../shared/webhook/secret.ts";
import { signatureFault, signatureOf } from "../../../../shared/webhook/signature.ts";

/** Of the specification's own libraries' tests. */
const KNOWN = {
  secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
  id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
  timestampSeconds: 1_614_265_330,
  body: '{"test": 2432232314}',
  signature: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
};

const secrets = [newSecret(), newSecret()];
const message = { id: "evt_1", timestampSeconds: 1_700_000_000, body: '{"type":"job.succeeded"}' };
const received = {
  id: message.id,
  timestamp: String(message.timestampSeconds),
  body: message.body,
  signature: signatureOf(secrets, message),
};
const now = message.timestampSeconds;

describe("the signature of a webhook", () => {
  it("is that of the specification's example", () => {
    assert.equal(signatureOf([KNOWN.secret], KNOWN), KNOWN.signature);
  });

  it("is v1 and the HMAC of id, timestamp and body, one for each secret", () => {
    const expected = secrets.map((secret) => {
      const hmac = createHmac("sha256", Buffer.from(secret.slice(6), "base64"));
      return `v1,${hmac.update(`evt_1.1700000000.${message.body}`).digest("base64")}`;
    });
    assert.equal(signatureOf(secrets, message), expected.join(" "));
  });

  it("is the same for a text and its bytes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (body) => {
        const bytes = Buffer.from(body);
        assert.equal(
          signatureOf(secrets, { ...message, body }),
          signatureOf(secrets, { ...message, body: bytes }),
        );
      }),
    );
  });
});

describe("a webhook that is received", () => {
  it("is right with either secret while one is exchanged, and wrong with a third", () => {
    for (const secret of secrets) assert.equal(signatureFault([secret], received, now), undefined);
    assert.match(signatureFault([newSecret()], received, now) ?? "", /no signature matches/);
    assert.equal(signatureFault([newSecret(), ...secrets], received, now), undefined);
  });

  it("is wrong when any byte of its body is another", () => {
    fc.assert(
      fc.property(fc.nat(message.body.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const body = Buffer.from(message.body);
        body[at] = (body[at] ?? 0) ^ by;
        assert.match(signatureFault(secrets, { ...received, body }, now) ?? "", /no signature/);
      }),
    );
  });

  it("may be 300 s old or early, and no more", () => {
    for (const seconds of [0, 1, 300, -1, -300]) {
      assert.equal(signatureFault(secrets, received, now + seconds), undefined);
    }
    assert.match(signatureFault(secrets, received, now + 301) ?? "", /301 s old; 300 s are/);
    assert.match(signatureFault(secrets, received, now - 301) ?? "", /301 s in the future/);
  });

  const changes: readonly (readonly [change: Partial<typeof received>, fault: RegExp])[] = [
    [{ id: "evt_2" }, /no signature matches/],
    [{ id: "" }, /webhook-id is missing/],
    [{ timestamp: "1700000001" }, /no signature matches/],
    [{ timestamp: "" }, /webhook-timestamp is missing/],
    [{ timestamp: "1.7e9" }, /not a whole number/],
    [{ timestamp: " 1700000000" }, /not a whole number/],
    [{ signature: "" }, /webhook-signature is missing/],
    [{ signature: received.signature.replaceAll("v1,", "v1a,") }, /has no v1 signature/],
    [{ signature: "v1," }, /no signature matches/],
    [{ signature: received.signature.replaceAll("=", "") }, /no signature matches/],
  ];
  it("is wrong with any other header changed", () => {
    for (const [change, fault] of changes) {
      assert.match(signatureFault(secrets, { ...received, ...change }, now) ?? "", fault);
    }
  });

  it("may carry signatures of kinds that are not known", () => {
    const signature = `v1a,AAAA ${received.signature} v2,BBBB`;
    assert.equal(signatureFault(secrets, { ...received, signature }, now), undefined);
  });
});
