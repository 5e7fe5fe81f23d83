import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { freeLoopbackPort } from "../../cli/start/port.ts";
import { readProcessTable } from "../../cli/start/process-table.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const PHOTO = readFileSync(join(ROOT, "models/image-classification/photos/espresso.jpg"));
const QUESTION = JSON.stringify({ input: { text: "how do i clone an array" } });
const ROLES = ["gateway", "worker", "courier", "redis"];
const START_MS = 90_000;
const STOP_MS = 60_000;
const OPTIONS = { timeout: 240_000, skip: process.platform !== "linux" && "looks into /proc" };

/** Where one launcher after another lives: a data folder and a port of their own. */
type Place = Readonly<{ folder: string; port: number; url: string }>;

interface Started {
  readonly child: ChildProcess;
  readonly exit: Promise<number | null>;
  text(): string;
  /** Resolves when the launcher has printed `part`; fails when it ends or time is up before. */
  hasSaid(part: string): Promise<void>;
}

interface Job {
  id: string;
  status: string;
  output: { predictions: { label: string }[]; matches: { id: string }[] };
}

async function createPlace(): Promise<Place> {
  const port = await freeLoopbackPort();
  const folder = mkdtempSync(join(tmpdir(), "scoreline-start-"));
  return { folder, port, url: `http://127.0.0.1:${port}` };
}

/** Ends whatever a failed test has left running, and removes the folder. */
function removePlace({ folder }: Place): void {
  for (const pid of processesOf(folder)) process.kill(pid, "SIGKILL");
  rmSync(folder, { recursive: true, force: true });
}

async function setup(t: TestContext): Promise<Place> {
  const place = await createPlace();
  t.after(() => removePlace(place));
  return place;
}

function launch(place: Pick<Place, "folder" | "port">): Started {
  const child = spawn(process.execPath, ["cli/start/main.ts"], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      DATA_DIR: place.folder,
      PORT: String(place.port),
      HOST: "127.0.0.1",
      REDIS_URL: "",
      MODELS_DIR: "",
      LOG_FORMAT: "pretty",
    },
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (part: string) => (text += part));
  }
  const exit = once(child, "close").then(([code]: (number | null)[]) => code ?? null);
  const hasSaid = async (part: string): Promise<void> => {
    const deadline = performance.now() + START_MS;
    while (!text.includes(part)) {
      const canStill = child.exitCode === null && performance.now() < deadline;
      assert.ok(canStill, `did not say "${part}":\n${text}`);
      await delay(20);
    }
  };
  return { child, exit, text: () => text, hasSaid };
}

async function launchReady(place: Place): Promise<Started> {
  const started = launch(place);
  await started.hasSaid("Ctrl-C stops everything.");
  return started;
}

async function endOf(started: Started): Promise<number | null> {
  const late = delay(STOP_MS, undefined, { ref: false }).then(() => assert.fail(started.text()));
  return await Promise.race([started.exit, late]);
}

function stop(started: Started): Promise<number | null> {
  started.child.kill("SIGINT");
  return endOf(started);
}

/** Every process that was started for this folder, runners too: they inherit DATA_DIR. */
function processesOf(folder: string): readonly number[] {
  const pids = readdirSync("/proc").filter((entry) => /^\d+$/.test(entry));
  return pids.filter((pid) => belongsTo(pid, folder)).map(Number);
}

/** Redis writes its title over its environment, but works in the folder. */
function belongsTo(pid: string, folder: string): boolean {
  try {
    const environment = `\0${readFileSync(`/proc/${pid}/environ`, "utf8")}`;
    return (
      environment.includes(`\0DATA_DIR=${folder}\0`) || readlinkSync(`/proc/${pid}/cwd`) === folder
    );
  } catch {
    // A zombie, or one that ended while we looked.
    return false;
  }
}

function pidOf({ folder }: Place, name: string): number {
  const entry = readProcessTable(join(folder, "processes.json")).find((one) => one.name === name);
  assert.ok(entry !== undefined, `${name} is not in processes.json`);
  return entry.pid;
}

function post(url: string, prefer: string, body: Uint8Array | string): Promise<Response> {
  const isPhoto = typeof body !== "string";
  const model = isPhoto ? "image-classification" : "faq-javascript";
  return fetch(`${url}/v1/models/${model}/jobs`, {
    method: "POST",
    headers: { Prefer: prefer, "Content-Type": isPhoto ? "image/jpeg" : "application/json" },
    body,
    signal: AbortSignal.timeout(60_000),
  });
}

/** As a client should: a 503 says that nothing was stored, so it asks again. */
async function assertScoresPhoto({ url }: Place): Promise<void> {
  const deadline = performance.now() + START_MS;
  let response = await post(url, "wait=30", PHOTO);
  while (response.status === 503 && performance.now() < deadline) {
    await delay(100);
    response = await post(url, "wait=30", PHOTO);
  }
  const { output } = await jobOf(response, 200);
  assert.equal(output.predictions[0]?.label, "espresso");
}

/** @returns the ids of jobs that were accepted and are not waited for */
async function acceptPhotos(place: Place, count: number): Promise<readonly string[]> {
  const accept = async (): Promise<string> =>
    (await jobOf(await post(place.url, "respond-async", PHOTO), 202)).id;
  return await Promise.all(Array.from({ length: count }, accept));
}

async function jobOf(response: Response, status: number): Promise<Job> {
  const text = await response.text();
  assert.equal(response.status, status, text);
  return JSON.parse(text);
}

/** Long-polls every job until it has ended. */
async function assertAllSucceed({ url }: Place, ids: readonly string[]): Promise<void> {
  const statuses = ids.map(async (id) => {
    const options = { headers: { Prefer: "wait=60" }, signal: AbortSignal.timeout(90_000) };
    return (await jobOf(await fetch(`${url}/v1/jobs/${id}`, options), 200)).status;
  });
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

  it("answers both requests of its banner, and logs under each process's name", async () => {
    assert.ok(started.text().includes(`${place.url}/v1/models/image-classification/jobs`));
    assert.ok(started.text().includes(`${place.url}/v1/models/faq-javascript/jobs`));
    await assertScoresPhoto(place);
    const { output } = await jobOf(await post(place.url, "wait=30", QUESTION), 200);
    assert.equal(output.matches[0]?.id, "clone-array");
    for (const name of ["gateway", "worker", "courier"]) {
      assert.match(started.text(), new RegExp(`^${name} +\\| `, "m"));
    }
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
    const answers = Array.from({ length: 20 }, () => post(place.url, "wait=30", PHOTO));
    await Promise.race(answers);
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
    // A stopped process cannot end by itself: only the second signal can help.
    process.kill(pidOf(place, "gateway"), "SIGSTOP");
    started.child.kill("SIGINT");
    await started.hasSaid("stopping gateway");
    // What comes within half a second of the first counts as the same Ctrl-C.
    const again = setInterval(() => started.child.kill("SIGINT"), 300);
    assert.equal(await endOf(started), 1);
    clearInterval(again);
    assert.deepEqual(processesOf(place.folder), []);
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
