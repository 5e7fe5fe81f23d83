import assert from "node:assert/strict";
import { z } from "zod";
import type { Machine } from "./machine.ts";

const PHOTO = "/usr/local/src/scoreline/models/image-classification/photos/espresso.jpg";
const MIB = 2 ** 20;

const answerSchema = z.looseObject({
  id: z.string().optional(),
  status: z.union([z.string(), z.number()]).optional(),
  received: z.number().optional(),
});

/** What curl got. */
export interface Reply {
  readonly status: number;
  readonly seconds: number;
  readonly body: z.infer<typeof answerSchema>;
  readonly text: string;
}

/** Asks a server as its clients do: by its name, over TLS, with curl, and with a key. */
export class Caller {
  readonly #machine: Machine;
  readonly host: string;
  readonly key: string;

  constructor(machine: Machine, host: string, key: string) {
    this.#machine = machine;
    this.host = host;
    this.key = key;
  }

  /** @param options more words for curl, as a shell reads them */
  async ask(path: string, options = ""): Promise<Reply> {
    const write = `-w '\\n%{http_code} %{time_total}'`;
    const command = `curl -sS --max-time 100 ${write} -H "Authorization: Bearer $KEY" ${options} 'https://${this.host}${path}'`;
    const { code, out } = await this.#machine.run(command, [`KEY=${this.key}`]);
    assert.equal(code, 0, `${command}\n${out}`);
    const [, text = "", status, seconds] = /^([\s\S]*)\n(\d+) ([\d.]+)$/.exec(out) ?? [];
    const parsed = answerSchema.safeParse(jsonOf(text));
    return { status: Number(status), seconds: Number(seconds), text, body: parsed.data ?? {} };
  }

  async score(question: string, waitSeconds?: number): Promise<Reply> {
    const wait = waitSeconds === undefined ? "" : `-H 'Prefer: wait=${waitSeconds}'`;
    return this.ask(
      "/v1/models/faq-javascript/jobs",
      `-H 'Content-Type: text/plain' ${wait} --data-binary '${question}'`,
    );
  }

  /** @returns ids of jobs that were accepted and have not been scored */
  async accept(count: number): Promise<readonly string[]> {
    const ids: string[] = [];
    for (let i = 0; i < count; i += 1) {
      const { status, body, text } = await this.score(`question ${i}`);
      assert.equal(status, 202, text);
      ids.push(body.id ?? "");
    }
    return ids;
  }

  /** Each of these jobs ends well. */
  async assertSucceed(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      const { body, text } = await this.ask(`/v1/jobs/${id}`, "-H 'Prefer: wait=60'");
      assert.equal(body.status, "succeeded", text);
    }
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What the page says a proxy must do. */
export async function checkProxy(machine: Machine, caller: Caller): Promise<void> {
  const photo = await caller.ask(
    "/v1/models/image-classification/jobs",
    `-H 'Prefer: wait=30' -H 'Content-Type: image/jpeg' --data-binary @${PHOTO}`,
  );
  assert.match(photo.text, /"label": ?"espresso"/);
  assert.equal((await caller.ask("/metrics")).status, 404);
  await checkBodies(machine, caller);
  await must(machine, "systemctl stop scoreline-worker");
  const [waited] = await Promise.all([caller.score("who waits", 60), checkEvents(machine, caller)]);
  assert.equal(waited.status, 202, waited.text);
  assert.ok(waited.seconds > 59, `the proxy ended a wait after ${waited.seconds} s`);
  await must(machine, "systemctl start scoreline-worker");
}

/** Events come, though their streams stay open: nobody collects them. */
async function checkEvents(machine: Machine, caller: Caller): Promise<void> {
  const queue = `curl -sN --max-time 30 -H "Authorization: Bearer ${caller.key}" https://${caller.host}/v1/queue/events`;
  const lanes = await machine.run(`set +o pipefail; ${queue} | sed '/^data:/q'`);
  assert.match(lanes.out, /^data: ?\{.*"lane"/m);
  const { body } = await caller.score("who follows");
  const stream = `curl -sN --max-time 30 -H "Authorization: Bearer ${caller.key}" https://${caller.host}/v1/jobs/${body.id}/events`;
  const { out } = await machine.run(`set +o pipefail; ${stream} | sed '/^event:/q'`);
  assert.match(out, /^event: ?\w+/m);
}

/** Bodies of up to 32 MiB reach the gateway, and uploads of batches of any size. */
async function checkBodies(machine: Machine, caller: Caller): Promise<void> {
  const wines = "/usr/local/src/scoreline/docs/examples/wines.ndjson";
  await must(machine, `head -c ${31 * MIB} /dev/zero | tr '\\0' 1 > /root/large.txt`);
  const large = await caller.ask(
    "/v1/models/faq-javascript/jobs",
    "-H 'Content-Type: text/plain' --data-binary @/root/large.txt",
  );
  assert.match(large.text, /"code": ?"/, "the gateway's own answer");
  await must(machine, `head -c ${33 * MIB} /dev/zero | tr '\\0' 1 > /root/larger.txt`);
  const larger = await caller.ask(
    "/v1/models/faq-javascript/jobs",
    "-H 'Content-Type: text/plain' --data-binary @/root/larger.txt",
  );
  assert.match(larger.text, /"code": ?"payload_too_large"/, "no page of the proxy's");
  const stranger = new Caller(machine, caller.host, "sk_nobodys");
  for (let i = 0; i < 5; i += 1) {
    const refused = await stranger.ask(
      "/v1/models/image-classification/jobs",
      "-H 'Content-Type: image/jpeg' --data-binary @/root/large.txt",
    );
    assert.equal(refused.status, 401, "not a 502, though the body was still coming");
  }
  await must(
    machine,
    `set +o pipefail; echo '{"batch":{"model":"wine"}}' > /root/large.ndjson; yes "$(sed 's/"custom_id":"[^"]*",//' ${wines})" | head -c ${48 * MIB} | head -n -1 >> /root/large.ndjson`,
  );
  const upload = await caller.ask(
    "/v1/batches",
    "-H 'Content-Type: application/x-ndjson' -T /root/large.ndjson -X POST",
  );
  assert.ok(upload.status === 201 || upload.status === 202, upload.text);
  await caller.ask(`/v1/batches/${upload.body.id}/cancel`, "-X POST");
}

/** @throws {Error} when it fails */
export async function must(machine: Machine, script: string): Promise<string> {
  const { code, out } = await machine.run(script);
  assert.equal(code, 0, `${script}\n${out}`);
  return out;
}

/** Scores without a pause until told to stop. */
export class Load {
  readonly #caller: Caller;
  readonly #over: Promise<void>;
  #isOn = true;
  answered = 0;
  readonly failures: string[] = [];

  constructor(caller: Caller) {
    this.#caller = caller;
    this.#over = this.#run();
  }

  async #run(): Promise<void> {
    while (this.#isOn) {
      const { status, text } = await this.#caller.score(`load ${this.answered}`, 20);
      this.answered += 1;
      if (status !== 200 && status !== 202) this.failures.push(`${status} ${text.slice(0, 300)}`);
    }
  }

  /** Ends it; a request may have met a gateway that restarts, and nothing else. */
  async stop(): Promise<void> {
    this.#isOn = false;
    await this.#over;
    assert.deepEqual(
      this.failures.filter((failure) => !failure.startsWith("502 ")),
      [],
    );
    assert.ok(this.answered > this.failures.length, `${this.answered} requests`);
  }
}
