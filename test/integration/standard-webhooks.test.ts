import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { Webhook, WebhookVerificationError } from "standardwebhooks";
import { newSecret } from "../../shared/webhook/secret.ts";
import { signatureFault, signatureOf } from "../../shared/webhook/signature.ts";
import { pythonPackages } from "../support/python-packages.ts";

const id = "evt_01m7z2a26vfw0besdntrqt1pz3_1S_9f3kq2vz";
const body = JSON.stringify({ type: "job.succeeded", data: { id: "job_1", text: "schön ✓ 🦆" } });
const [oldSecret, secret, stranger] = [newSecret(), newSecret(), newSecret()];
/** Of 64 bytes, brought along. */
const longSecret = `whsec_${Buffer.alloc(64, 251).toString("base64")}`;
const nowSeconds = Math.floor(Date.now() / 1000);

interface Case {
  readonly what: string;
  readonly isRight: boolean;
  /** The receiver's. */
  readonly secret: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

function signed(seconds: number, secrets: readonly string[]): Case["headers"] {
  return {
    "webhook-id": id,
    "webhook-timestamp": String(seconds),
    "webhook-signature": signatureOf(secrets, { id, timestampSeconds: seconds, body }),
  };
}

const single = signed(nowSeconds, [secret]);
const rotating = signed(nowSeconds, [secret, oldSecret]);
/** Well inside and outside the tolerance: the libraries look at the clock themselves. */
const [young, old, early] = [-200, -400, 400].map((by) => signed(nowSeconds + by, [secret]));

const CASES: readonly Case[] = [
  { what: "the secret", isRight: true, secret, headers: single, body },
  { what: "the new secret during rotation", isRight: true, secret, headers: rotating, body },
  { what: "the old one", isRight: true, secret: oldSecret, headers: rotating, body },
  {
    what: "a long one",
    isRight: true,
    secret: longSecret,
    headers: signed(nowSeconds, [longSecret]),
    body,
  },
  { what: "200 s of delay", isRight: true, secret, headers: young ?? {}, body },
  { what: "another secret", isRight: false, secret: stranger, headers: rotating, body },
  { what: "the old secret afterwards", isRight: false, secret: oldSecret, headers: single, body },
  { what: "a changed byte", isRight: false, secret, headers: single, body: body.replace("o", "0") },
  { what: "a byte more", isRight: false, secret, headers: single, body: `${body}\n` },
  { what: "an old timestamp", isRight: false, secret, headers: old ?? {}, body },
  { what: "one of the future", isRight: false, secret, headers: early ?? {}, body },
  {
    what: "a timestamp of another attempt",
    isRight: false,
    secret,
    headers: { ...single, "webhook-timestamp": String(nowSeconds + 1) },
    body,
  },
  {
    what: "a wrong id",
    isRight: false,
    secret,
    headers: { ...single, "webhook-id": `${id}x` },
    body,
  },
  { what: "no id", isRight: false, secret, headers: { ...single, "webhook-id": "" }, body },
];

const expected = CASES.map(({ what, isRight }) => `${what}: ${isRight}`);

describe("our signatures", () => {
  it("are right and wrong by the package standardwebhooks of npm", () => {
    const found = CASES.map((one) => {
      try {
        const event = new Webhook(one.secret).verify(one.body, { ...one.headers });
        assert.deepEqual(event, JSON.parse(body));
        return `${one.what}: true`;
      } catch (error) {
        assert.ok(error instanceof WebhookVerificationError, String(error));
        return `${one.what}: false`;
      }
    });
    assert.deepEqual(found, expected);
  });

  const path = pythonPackages("standardwebhooks==1.1.0");
  const skip = path === undefined && "standardwebhooks of PyPI cannot be had here";
  it("are right and wrong by the package standardwebhooks of PyPI", { skip }, () => {
    const script = `
import json, sys
from standardwebhooks import Webhook, WebhookVerificationError
for one in json.load(sys.stdin):
    try:
        Webhook(one["secret"]).verify(one["body"], one["headers"])
        print(one["what"] + ": true")
    except WebhookVerificationError:
        print(one["what"] + ": false")`;
    const { stdout, stderr, status } = spawnSync("python3", ["-c", script], {
      input: JSON.stringify(CASES),
      env: { PATH: process.env["PATH"], PYTHONPATH: path, PYTHONDONTWRITEBYTECODE: "1" },
    });
    assert.equal(status, 0, String(stderr));
    assert.deepEqual(String(stdout).trim().split("\n"), expected);
  });

  it("are right and wrong by our own check", () => {
    const found = CASES.map(({ what, headers, ...rest }) => {
      const received = {
        id: headers["webhook-id"] ?? "",
        timestamp: headers["webhook-timestamp"] ?? "",
        signature: headers["webhook-signature"] ?? "",
        body: rest.body,
      };
      return `${what}: ${signatureFault([rest.secret], received, nowSeconds) === undefined}`;
    });
    assert.deepEqual(found, expected);
  });
});
