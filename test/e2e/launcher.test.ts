import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { freeLoopbackPort } from "../../cli/start/port.ts";
import { ask, useKey } from "../support/client.ts";
import { until } from "../support/until.ts";
import {
  createPlace,
  endOf,
  launch,
  launchReady,
  pidOf,
  processesOf,
  removePlace,
  ROOT,
  setup,
  START_MS,
  stop,
  tokenOf,
  type Place,
  type Started,
} from "../support/launcher.ts";

const PHOTO = readFileSync(join(ROOT, "models/image-classification/photos/espresso.jpg"));
const ASKED = { input: { text: "how do i clone an array" } };
const QUESTION = JSON.stringify(ASKED);
const ROLES = ["gateway", "worker", "courier", "redis"];
const HAS_CURL = spawnSync("curl", ["--version"]).status === 0;
const OPTIONS = { timeout: 1_200_000, skip: process.platform !== "linux" && "looks into /proc" };

interface Job {
  id: string;
  status: string;
  output: { predictions: { label: string }[]; matches: { id: string }[] };
}

function post(place: Place, prefer: string, body: Uint8Array | string): Promise<Response> {
  const isPhoto = typeof body !== "string";
  const model = isPhoto ? "image-classification" : "faq-javascript";
  useKey(place.url, tokenOf(place));
  return ask(`${place.url}/v1/models/${model}/jobs`, {
    method: "POST",
    headers: { Prefer: prefer, "Content-Type": isPhoto ? "image/jpeg" : "application/json" },
    body,
    signal: AbortSignal.timeout(90_000),
  });
}

/** Waits for the end of a job, also when that takes longer than one request may. */
async function endedJob(place: Place, id: string): Promise<Job> {
  for (;;) {
    const options = { headers: { Prefer: "wait=60" }, signal: AbortSignal.timeout(90_000) };
    const job = await jobOf(await ask(`${place.url}/v1/jobs/${id}`, options), 200);
    if (!["queued", "running"].includes(job.status)) return job;
  }
}

/** Requests that wait for the end of a job now. */
async function waiting({ url }: Place): Promise<number> {
  const response = await fetch(`${url}/readyz`);
  return z.looseObject({ waiting: z.number() }).parse(await response.json()).waiting;
}

/** As a client should: a 503 says that nothing was stored, so it asks again. */
async function assertScoresPhoto(place: Place): Promise<void> {
  const deadline = performance.now() + START_MS;
  let response = await post(place, "wait=30", PHOTO);
  while (response.status === 503 && performance.now() < deadline) {
    await delay(100);
    response = await post(place, "wait=30", PHOTO);
  }
  const made = await jobOf(response, response.status === 202 ? 202 : 200);
  const { output } = response.status === 202 ? await endedJob(place, made.id) : made;
  assert.equal(output.predictions[0]?.label, "espresso");
}

/** @returns the ids of jobs that were accepted and are not waited for */
async function acceptPhotos(place: Place, count: number): Promise<readonly string[]> {
  const accept = async (): Promise<string> =>
    (await jobOf(await post(place, "respond-async", PHOTO), 202)).id;
  return await Promise.all(Array.from({ length: count }, accept));
}

async function jobOf(response: Response, status: number): Promise<Job> {
  const text = await response.text();
  assert.equal(response.status, status, text);
  return JSON.parse(text);
}

/** Long-polls every job until it has ended. */
async function assertAllSucceed(place: Place, ids: readonly string[]): Promise<void> {
  const statuses = ids.map(async (id) => (await endedJob(place, id)).status);
  assert.deepEqual(new Set(await Promise.all(statuses)), new Set(["succeeded"]));
}

describe("a running launcher", OPTIONS, () => {
  let place: Place;
  let started: Started;

  before(async () => {
    place = await createPlace();
    started = await launchReady(place);
  });

  after(async () => {
    assert.equal(await stop(started), 0, started.text());
    removePlace(place);
  });

  it("keeps its key to its user", () => {
    assert.equal(statSync(join(place.folder, "api-key")).mode & 0o777, 0o600);
    assert.match(tokenOf(place), /^sk_\w{91}$/);
    assert.ok(!started.text().includes(tokenOf(place)));
  });

  it("prints a link that signs in to the page, once", async () => {
    const [, code = ""] = /^ {2}\S+\/#\/sign-in\/(\w+)$/m.exec(started.text()) ?? [];
    const signIn = async (): Promise<number> => {
      const init = { method: "POST", body: JSON.stringify({ code }) };
      return (await fetch(`${place.url}/v1/sign-ins`, init)).status;
    };
    assert.deepEqual([await signIn(), await signIn()], [200, 401]);
  });

  it("prints lines that read the key and work", { skip: !HAS_CURL && "needs curl" }, () => {
    const lines = started.text().match(/^ {2}curl .*$/gm) ?? [];
    assert.equal(lines.length, 2);
    for (const line of lines) {
      const answer = execFileSync("sh", ["-c", line], { cwd: ROOT, encoding: "utf8" });
      assert.match(answer, /"status":"succeeded"/);
    }
  });

  it("answers both requests of its banner, and logs under each process's name", async () => {
    assert.ok(started.text().includes(`${place.url}/v1/models/image-classification/jobs`));
    assert.ok(started.text().includes(`${place.url}/v1/models/faq-javascript/jobs`));
    await assertScoresPhoto(place);
    const { output } = await jobOf(await post(place, "wait=30", QUESTION), 200);
    assert.equal(output.matches[0]?.id, "clone-array");
    for (const name of ["gateway", "worker", "courier"]) {
      assert.match(started.text(), new RegExp(`^${name} +\\| `, "m"));
    }
  });

  it("lets no webhook go to its gateway or its Redis", async () => {
    const redis = /private Redis \(.*\) on 127\.0\.0\.1:(\d+)/.exec(started.text())?.[1];
    for (const port of [redis, new URL(place.url).port]) {
      const webhook = { url: `http://127.0.0.1:${port}/hook` };
      const response = await post(place, "respond-async", JSON.stringify({ ...ASKED, webhook }));
      assert.equal(response.status, 422);
      assert.match(await response.text(), new RegExp(`port ${port} is not allowed for receivers`));
    }
    const webhook = { url: "http://127.0.0.1:1/hook" };
    await jobOf(await post(place, "respond-async", JSON.stringify({ ...ASKED, webhook })), 202);
  });

  it("shows the password of its Redis in no command line", () => {
    const commandLine = readFileSync(`/proc/${pidOf(place, "redis")}/cmdline`, "utf8");
    const config = readFileSync(join(place.folder, "redis.conf"), "utf8");
    const password = /^requirepass (\S{16,})$/m.exec(config)?.[1];
    assert.ok(password !== undefined);
    assert.ok(!commandLine.includes(password));
    assert.ok(!started.text().includes(password));
  });

  it("refuses a second start in its folder, naming the holder", async () => {
    const second = launch({ ...place, port: await freeLoopbackPort() });
    assert.equal(await endOf(second), 1);
    assert.ok(second.text().includes(`pid ${started.child.pid}, since `), second.text());
    assert.ok(second.text().includes(place.url), second.text());
  });

  it("makes a start in another folder say that the port is taken", async (t) => {
    const other = await setup(t);
    const second = launch({ ...other, port: place.port });
    assert.equal(await endOf(second), 1);
    assert.ok(second.text().includes(`port ${place.port} is taken`), second.text());
    assert.deepEqual(processesOf(other.folder), []);
  });

  for (const name of ROLES) {
    it(`starts a killed ${name} again and goes on scoring`, async () => {
      process.kill(pidOf(place, name), "SIGKILL");
      await started.hasSaid(`${name} died (signal SIGKILL), starting it again in 0.5 s`);
      await started.hasSaid(`${name} is ready again`);
      await assertScoresPhoto(place);
    });
  }
});

describe("a launcher that is stopped", OPTIONS, () => {
  it("ends by itself with code 0 during load, leaves no process, and loses no job", async (t) => {
    const place = await setup(t);
    const first = await launchReady(place);
    const ids = await acceptPhotos(place, 150);
    assert.equal(await stop(first), 0, first.text());
    assert.deepEqual(processesOf(place.folder), []);
    assert.ok(readdirSync(place.folder).every((name) => !name.endsWith(".json")));

    const second = await launchReady(place);
    await assertAllSucceed(place, ids);
    assert.equal(await stop(second), 0, second.text());
  });

  it("answers who waits before it ends", async (t) => {
    const place = await setup(t);
    const started = await launchReady(place);
    const answers = Array.from({ length: 20 }, () => post(place, "wait=30", PHOTO));
    let answered = 0;
    for (const answer of answers) void answer.then(() => (answered += 1));
    await until("all have come in", async () => answered + (await waiting(place)) >= 20);
    assert.equal(await stop(started), 0, started.text());
    const codes = await Promise.all(answers.map(async (answer) => (await answer).status));
    assert.ok(
      codes.every((code) => code === 200 || code === 202),
      codes.join(),
    );
  });

  it("ends at once, with code 1, on a second signal", async (t) => {
    const place = await setup(t);
    const started = await launchReady(place);
    const roles = ROLES.map((name) => pidOf(place, name));
    // A stopped process cannot end by itself: only the second signal can help.
    process.kill(pidOf(place, "gateway"), "SIGSTOP");
    started.child.kill("SIGINT");
    await started.hasSaid("stopping gateway");
    // What comes within half a second of the first counts as the same Ctrl-C.
    const again = setInterval(() => started.child.kill("SIGINT"), 300);
    assert.equal(await endOf(started), 1);
    clearInterval(again);
    // It waits for the roles that it killed. Their runners are not its children: they end when they notice.
    const left = processesOf(place.folder);
    assert.ok(!roles.some((pid) => left.includes(pid)), started.text());
    await until("all are gone", () => processesOf(place.folder).length === 0);
  });

  it("can be stopped while it starts", async (t) => {
    const place = await setup(t);
    const started = launch(place);
    await started.hasSaid("starting gateway");
    assert.equal(await stop(started), 0, started.text());
    assert.deepEqual(processesOf(place.folder), []);
  });
});

describe("a launcher that is killed", OPTIONS, () => {
  it("leaves orphans that the next start ends, with one Redis and no job lost", async (t) => {
    const place = await setup(t);
    const first = await launchReady(place);
    const orphans = ROLES.map((name) => pidOf(place, name));
    const ids = await acceptPhotos(place, 100);
    const dead = once(first.child, "exit");
    first.child.kill("SIGKILL");
    await dead;
    assert.ok(orphans.every((pid) => processesOf(place.folder).includes(pid)));

    const second = await launchReady(place);
    assert.ok(second.text().includes("left by a launcher that was killed"), second.text());
    assert.ok(!orphans.some((pid) => processesOf(place.folder).includes(pid)));
    assert.ok(ROLES.every((name) => processesOf(place.folder).includes(pidOf(place, name))));
    await assertAllSucceed(place, ids);
    assert.equal(await stop(second), 0, second.text());
    assert.deepEqual(processesOf(place.folder), []);
  });
});
