import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { newSecret } from "../../shared/webhook/secret.ts";
import { signatureOf } from "../../shared/webhook/signature.ts";
import { cli, startCli } from "../support/cli.ts";
import { policyAllowing, wordOf } from "../support/post.ts";
import { until } from "../support/until.ts";
import { postWebhook } from "../../worker/courier/post-webhook.ts";

const [secret, other] = [newSecret(), newSecret()];
const id = "evt_01m7z2a26vfw0besdntrqt1pz3_1S_9f3kq2vz";

/** `webhook listen`, with what it has said so far. */
class Listening implements AsyncDisposable {
  out = "";
  err = "";
  readonly #child: ChildProcess;

  constructor(...args: readonly string[]) {
    this.#child = startCli(["webhook", "listen", "--port", "0", ...args]);
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => (this.out += text));
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.err += text));
  }

  async post(body: string, signed: readonly string[] = [secret]): Promise<unknown> {
    await until("it listens", () => this.err.includes("Ctrl-C ends it\n"));
    const url = /http:\/\/\S+(?=;)/.exec(this.err)?.[0] ?? "";
    const timestampSeconds = Math.floor(Date.now() / 1000);
    const headers = {
      "webhook-id": id,
      "webhook-timestamp": String(timestampSeconds),
      "webhook-signature": signatureOf(signed, { id, timestampSeconds, body }),
    };
    const policy = policyAllowing("127.0.0.1");
    return wordOf(await postWebhook({ url, body, headers }, { policy }));
  }

  /** As Ctrl-C does. @returns the exit code */
  async interrupt(): Promise<unknown> {
    this.#child.kill("SIGINT");
    const [code]: unknown[] = await once(this.#child, "close");
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.kill()) await once(this.#child, "close");
  }
}

const event = JSON.stringify({
  type: "job.succeeded",
  data: { id: "job_1", text: "schön \u009b" },
});

describe("scoreline webhook listen", () => {
  it("prints what comes and whether its signature fits, until Ctrl-C", async () => {
    await using listening = new Listening("--secret", `${other},${secret}`);
    assert.equal(await listening.post(event), 200);
    assert.equal(await listening.post(event, [newSecret(), secret]), 200);
    assert.equal(await listening.post(event, [newSecret()]), 401);
    assert.equal(await listening.post("x".repeat(2 * 1024 * 1024)), 413);
    const { port } = new URL(/http:\/\/\S+(?=;)/.exec(listening.err)?.[0] ?? "");
    assert.equal((await fetch(`http://127.0.0.1:${port}/`)).status, 405);
    assert.equal(await listening.interrupt(), 0);
    const [first, second, third] = listening.out.split("\n\n");
    assert.match(first ?? "", /^job\.succeeded {2}verified\n {2}evt_\w+\n {2}\{\n/);
    assert.match(first ?? "", /^ {6}"text": "schön �"$/m);
    assert.match(second ?? "", /^job\.succeeded {2}verified, again: 2 times so far\n/);
    assert.match(third ?? "", /^job\.succeeded {2}REFUSED.*\n.*\n {2}no signature matches/);
    assert.ok(listening.out.split("\n").every((line) => line.length <= 80));
  });

  it("says that it verifies nothing without a secret, and answers as it is told", async () => {
    await using listening = new Listening("--status", "503", "--json");
    assert.equal(await listening.post(event), 503);
    assert.equal(await listening.interrupt(), 0);
    assert.match(listening.err, /nothing is verified: --secret whsec_\.\.\. is not given\n/);
    const { timestamp, ...line } = JSON.parse(listening.out);
    assert.deepEqual(line, { id, verified: null, count: 1, body: event });
    assert.match(timestamp, /^\d{10}$/);
  });

  it("prints long events in part, and what is no event as it is", async () => {
    await using listening = new Listening();
    await listening.post(JSON.stringify({ type: "batch.results", data: Array(100).fill(1) }));
    await listening.post("no JSON at all");
    assert.equal(await listening.interrupt(), 0);
    assert.match(listening.out, /^batch\.results {2}not verified\n/);
    assert.match(listening.out, /\n {2}… and 65 lines more; --json prints all\n\n/);
    assert.match(listening.out, /\nno event {2}not verified.*\n {2}evt_\w+\n {2}no JSON at all\n/);
  });

  it("refuses what makes no sense, without telling the secret", async () => {
    const wrong: readonly (readonly [args: readonly string[], reason: RegExp])[] = [
      [["--port", "x"], /--port x is not a whole number from 0 to 65535/],
      [["--status", "100"], /--status 100 is not a whole number from 200 to 599/],
      [["--secret", `${secret},secret`], /--secret: a secret must begin with whsec_/],
    ];
    for (const [args, reason] of wrong) {
      const { code, err } = await cli(["webhook", "listen", ...args]);
      assert.equal(code, 2);
      assert.match(err, reason);
      assert.ok(!err.includes(secret));
    }
  });
});

describe("scoreline webhook verify", () => {
  const folder = mkdtempSync(join(tmpdir(), "scoreline-verify-"));
  after(() => rmSync(folder, { recursive: true }));
  const [file, long] = [join(folder, "body.json"), join(folder, "long.json")];
  writeFileSync(file, event);
  writeFileSync(long, `${event}\n`);

  const verify = async (...args: readonly string[]) => {
    const timestampSeconds = Math.floor(Date.now() / 1000);
    const message = { id, timestampSeconds, body: event };
    const given = ["--id", id, "--timestamp", String(timestampSeconds)];
    const signature = ["--signature", signatureOf([other, secret], message)];
    return cli(["webhook", "verify", "--secret", secret, ...given, ...signature, ...args]);
  };

  it("says valid", async () => {
    const { code, out } = await verify(file);
    assert.deepEqual([code, out], [0, "valid\n"]);
    const json = await verify(file, "--json");
    assert.deepEqual([json.code, json.out], [0, '{"valid":true}\n']);
  });

  it("says what is wrong, and what would have been right", async () => {
    const wrong: readonly (readonly [args: readonly string[], reason: RegExp])[] = [
      [[long], /no signature matches.*It matches without the line break at the body's end\n$/],
      [[join(folder, "nothing")], /nothing cannot be read: ENOENT/],
      // Nothing comes from stdin.
      [[], /no signature matches/],
    ];
    for (const [args, reason] of wrong) {
      const { code, out, err } = await verify(...args);
      assert.deepEqual([code, out], [1, ""], err);
      assert.match(err, reason);
    }
    const json = await verify(long, "--json");
    assert.equal(json.code, 1);
    assert.match(json.out, /^\{"valid":false,"fault":"no signature matches/);
  });

  it("wants all it needs", async () => {
    const { code, err } = await cli(["webhook", "verify", "--secret", secret, "--id", id]);
    assert.equal(code, 2);
    assert.match(err, /--timestamp is missing/);
  });
});
