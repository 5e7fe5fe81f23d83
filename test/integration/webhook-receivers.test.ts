import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { describe, it } from "node:test";
import { newSecret } from "../../shared/webhook/secret.ts";
import { signatureOf } from "../../shared/webhook/signature.ts";
import { postWebhook } from "../../worker/courier/post-webhook.ts";
import { policyAllowing, wordOf } from "../support/post.ts";
import { noPython } from "../support/python-packages.ts";
import { until } from "../support/until.ts";

const RECEIVERS = [
  { file: "docs/examples/webhook-receiver.ts", program: process.execPath, skip: false },
  { file: "docs/examples/webhook_receiver.py", program: "python3", skip: noPython },
] as const;

const [secret, oldSecret] = [newSecret(), newSecret()];

/** A receiver of the guide, as a person starts it. */
class Example implements AsyncDisposable {
  out = "";
  readonly #child: ChildProcess;

  constructor(program: string, file: string) {
    this.#child = spawn(program, [file], {
      env: { PATH: process.env["PATH"], PORT: "0", WEBHOOK_SECRET: secret },
      stdio: ["ignore", "pipe", "ignore"],
    });
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => (this.out += text));
  }

  async url(): Promise<string> {
    await until("it listens", () => /listening on \d+\n/.test(this.out));
    return `http://127.0.0.1:${/\d+/.exec(this.out)?.[0]}/hook`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill();
    await once(this.#child, "close");
  }
}

/** What the courier sends. */
interface Sent {
  readonly id: string;
  readonly secrets?: readonly string[];
  /** Beside now. */
  readonly bySeconds?: number;
  /** After it was signed. */
  readonly change?: (body: string) => string;
  readonly headers?: Readonly<Record<string, string>>;
}

async function send(url: string, { id, change = String, ...sent }: Sent): Promise<unknown> {
  const body = JSON.stringify({ type: "job.succeeded", data: { id: `job_${id}`, text: "schön" } });
  const timestampSeconds = Math.floor(Date.now() / 1000) + (sent.bySeconds ?? 0);
  const headers = {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": String(timestampSeconds),
    "webhook-signature": signatureOf(sent.secrets ?? [secret], { id, timestampSeconds, body }),
    ...sent.headers,
  };
  const policy = policyAllowing("127.0.0.1");
  return wordOf(await postWebhook({ url, body: change(body), headers }, { policy }));
}

for (const { file, program, skip } of RECEIVERS) {
  describe(file, { skip }, () => {
    it("takes each event once, and nothing that is not signed", async () => {
      await using example = new Example(program, file);
      const url = await example.url();
      const taken = [
        await send(url, { id: "evt_1" }),
        await send(url, { id: "evt_1" }),
        await send(url, { id: "evt_2", secrets: [newSecret(), secret] }),
        await send(url, { id: "evt_3", secrets: [secret, oldSecret], bySeconds: -200 }),
      ];
      assert.deepEqual(taken, [204, 204, 204, 204]);
      const refused = [
        await send(url, { id: "evt_4", secrets: [oldSecret] }),
        await send(url, { id: "evt_4", change: (body) => body.replace("job", "jab") }),
        await send(url, { id: "evt_4", bySeconds: -400 }),
        await send(url, { id: "evt_4", bySeconds: 400 }),
        await send(url, { id: "evt_4", headers: { "webhook-id": "evt_5" } }),
        await send(url, { id: "evt_4", headers: { "webhook-signature": "" } }),
        await send(url, { id: "evt_4", headers: { "webhook-timestamp": "soon" } }),
      ];
      assert.deepEqual(
        refused,
        refused.map(() => 401),
      );
      const long = (body: string) => body + " ".repeat(1024 * 1024);
      assert.equal(await send(url, { id: "evt_5", change: long }), 413);
      assert.equal(await send(url, { id: "evt_6" }), 204);
      await until("all work is done", () => example.out.includes("job_evt_6"));
      assert.deepEqual(example.out.trim().split("\n").slice(1), [
        "job.succeeded job_evt_1",
        "job.succeeded job_evt_2",
        "job.succeeded job_evt_3",
        "job.succeeded job_evt_6",
      ]);
    });
  });
}
