import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { explainedFault } from "../../../../cli/webhook/explained-fault.ts";
import { newSecret } from "../../../../shared/webhook/secret.ts";
import { signatureOf } from "../../../../shared/webhook/signature.ts";

const secret = newSecret();
const now = 1_764_000_000;
const message = { id: "evt_1", timestampSeconds: now, body: '{"type":"job.failed"}' };
const received = {
  id: message.id,
  timestamp: String(now),
  signature: signatureOf([secret], message),
  body: Buffer.from(message.body),
};
const long = { ...received, body: Buffer.from(`${message.body}\n`) };

describe("a fault of a webhook's signature", () => {
  it("is none when it fits", () => {
    assert.equal(explainedFault([newSecret(), secret], received, now), undefined);
  });

  it("is told with what would have fitted", () => {
    const cases: readonly (readonly [fault: string | undefined, expected: RegExp])[] = [
      [
        explainedFault([secret], long, now),
        /matches.*It matches without the line break at the body's/,
      ],
      [explainedFault([secret], received, now + 301), /301 s old; .*The signature itself matches$/],
      [explainedFault([secret], long, now + 301), /301 s old; .*It matches without the line break/],
      [
        explainedFault([newSecret()], received, now),
        /the secret differs, or the message was changed$/,
      ],
      [explainedFault([newSecret()], long, now + 301), /300 s are allowed$/],
      [explainedFault([secret], { ...received, timestamp: "soon" }, now), /not a whole number$/],
    ];
    for (const [fault, expected] of cases) assert.match(fault ?? "", expected);
  });
});
