// Follows docs/one-server.md word for word on a fresh Debian under systemd: the page's own code blocks
// are what runs, and what they promise is looked at in between. Needs root, debootstrap, systemd-nspawn
// (Debian's systemd-container) and slirp4netns; takes about twenty minutes, downloads included.
//
//   npm run test:one-server                    all of it, for the last commit
//   npm run test:one-server -- --base FOLDER   starts from a copy of this debootstrapped folder
//   npm run test:one-server -- --work FOLDER   leaves the machines and downloads in this folder
import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { codeBlocks, section } from "../sync/support/markdown.ts";
import { readText, ROOT } from "../sync/support/repository.ts";
import { Machine, Network, runHere } from "./machine.ts";
import { Caller, checkProxy, Load, must } from "./server-checks.ts";

const { values } = parseArgs({
  options: { base: { type: "string" }, work: { type: "string" } },
});
const page = readText("docs/one-server.md");
const [, repository = ""] = /^git clone (\S+) /m.exec(page) ?? [];
const [, host = ""] = /https:\/\/([\w.]+)\/v1\//.exec(page) ?? [];
const startedMs = Date.now();

const work = values.work ?? mkdtempSync(join(tmpdir(), "scoreline-one-server."));
const source = join(work, "source.git");
const base = values.base ?? join(work, "base");
const cache = join(work, "cache");
const BACKUPS = "var/backups/scoreline";

function say(text: string): void {
  const seconds = Math.round((Date.now() - startedMs) / 1000);
  process.stdout.write(`\n=== ${seconds} s: ${text}\n`);
}

/** The blocks of commands under a heading. */
function blocksOf(heading: string): readonly string[] {
  return codeBlocks(section(page, heading), "sh");
}

/** Runs commands of the page, says what they said, and returns it. */
async function follow(machine: Machine, script: string, key = ""): Promise<string> {
  process.stdout.write(script.replaceAll(/^(?=.)/gm, "# "));
  const { code, out } = await machine.run(script, [`SCORELINE_API_KEY=${key}`]);
  process.stdout.write(out.split("\n").slice(-20).join("\n"));
  assert.equal(code, 0, out);
  return out;
}

async function followAll(machine: Machine, heading: string, key = ""): Promise<string> {
  say(heading);
  return follow(machine, blocksOf(heading).join(""), key);
}

/** A Debian that was never used; it finds the repository under the page's name, and itself as the host. */
async function freshMachine(name: string, network: Network): Promise<Machine> {
  say(`a fresh machine: the ${name}`);
  const folders = [`${source}:/source.git`, `${cache}:/var/cache/apt/archives`];
  const machine = new Machine({ network, base, root: join(work, name), folders });
  machine.write("etc/hosts", `127.0.0.1 localhost ${host}\n`);
  machine.write(
    "root/.gitconfig",
    `[url "/source.git"]\n\tinsteadOf = ${repository}\n[safe]\n\tdirectory = /source.git\n`,
  );
  machine.write("root/.npmrc", "cache=/var/cache/apt/archives/npm\n");
  await machine.boot();
  return machine;
}

/** Up to a scored photo over HTTPS. @returns who calls it */
async function install(machine: Machine): Promise<Caller> {
  await followAll(machine, "## 1. Packages");
  await followAll(machine, "## 2. Scoreline");
  say("## 3. The first key");
  const [create = "", score = ""] = blocksOf("## 3. The first key");
  const [, key = ""] = /^primary +(\S+)$/m.exec(await follow(machine, create)) ?? [];
  assert.match(await follow(machine, score, key), /clone-array/);
  return await openHttps(machine, key);
}

/** As without a public name, which we do not have here. */
async function openHttps(machine: Machine, key: string): Promise<Caller> {
  say("## 4. HTTPS");
  const [copy = "", , own = "", photo = "", signIn = "", newKey = ""] = blocksOf("## 4. HTTPS");
  await follow(machine, copy);
  await follow(machine, own);
  assert.match(await follow(machine, photo, key), /"label": ?"espresso"/);
  assert.match(await follow(machine, signIn, key), /^https:.*#/m);
  await follow(machine, newKey, key);
  return new Caller(machine, host, key);
}

async function useIt(machine: Machine, caller: Caller): Promise<void> {
  await followAll(machine, "## Models", caller.key);
  say("what a proxy must do, by Caddy");
  await checkProxy(machine, caller);
  await must(
    machine,
    "echo BATCH_SINK_FOLDER=/var/lib/scoreline/results >> /etc/scoreline/scoreline.env",
  );
  await followAll(machine, "## Settings");
  await untilReady(machine);
  await checkSink(machine, caller);
  await followAll(machine, "## Look after it");
  say("how exposed systemd thinks the services are");
  const units = ["redis", "gateway", "worker", "courier"].map((role) => `scoreline-${role}`);
  process.stdout.write(
    await must(machine, `systemd-analyze security --no-pager ${units.join(" ")} | grep Overall`),
  );
}

async function checkSink(machine: Machine, caller: Caller): Promise<void> {
  say("results of a batch in files");
  const body = `-H 'Content-Type: application/json' -d '{"model":"wine","sink":true}'`;
  const { body: batch, text } = await caller.ask("/v1/batches", body);
  assert.ok(batch.id !== undefined, text);
  const items = `-H 'Content-Type: application/x-ndjson' -X POST -T /usr/local/src/scoreline/docs/examples/wines.ndjson`;
  await caller.ask(`/v1/batches/${batch.id}/items?from=0`, items);
  await caller.ask(`/v1/batches/${batch.id}/close`, "-X POST -H 'Prefer: wait=30'");
  await must(
    machine,
    "for i in $(seq 30); do find /var/lib/scoreline/results -type f | grep . && break; sleep 1; done",
  );
  const results = await caller.ask(`/v1/batches/${batch.id}/results`);
  assert.match(results.text, /class_0/);
}

async function crashAndReboot(machine: Machine, caller: Caller): Promise<void> {
  say("every service is killed");
  // Of all its processes at once, control groups of the first version refuse some that end meanwhile.
  for (const unit of ["worker", "courier", "gateway", "redis"])
    await must(machine, `systemctl kill --kill-whom=main --signal=KILL scoreline-${unit}`);
  await untilReady(machine);
  await caller.assertSucceed([(await caller.score("after the crash")).body.id ?? ""]);
  say("a reboot with jobs that wait");
  await must(machine, "systemctl stop scoreline-worker");
  const ids = await caller.accept(20);
  await machine.reboot();
  await untilReady(machine);
  await caller.assertSucceed(ids);
}

/** As the page asks after the first start. */
async function untilReady(machine: Machine): Promise<void> {
  const [, score = "false"] = blocksOf("## 3. The first key");
  await must(machine, score.split("\n")[0] ?? "false");
}

/** What a backup must bring back. */
interface Kept {
  readonly done: string;
  readonly waiting: readonly string[];
  readonly file: string;
}

async function backUp(machine: Machine, caller: Caller): Promise<Kept> {
  const { body } = await caller.score("before the backup", 30);
  await must(machine, "systemctl stop scoreline-worker");
  const waiting = await caller.accept(20);
  await followAll(machine, "## Backup");
  const folder = join(work, "first", BACKUPS);
  const [name = ""] = readdirSync(folder).toSorted();
  cpSync(join(folder, name), join(work, name));
  await must(machine, "systemctl start scoreline-worker");
  await caller.assertSucceed(waiting);
  return { done: body.id ?? "", waiting, file: name };
}

/** A later commit, of a later version. */
function nextRelease(): void {
  const clone = join(work, "clone");
  rmSync(clone, { recursive: true, force: true });
  runHere("git", "clone", "--quiet", source, clone);
  runHere(
    "sed",
    "-i",
    's/"version": "\\(.*\\)\\.[0-9]*"/"version": "\\1.99"/',
    join(clone, "package.json"),
  );
  const who = ["-c", "user.name=walk", "-c", "user.email=walk@localhost"];
  runHere("git", "-C", clone, ...who, "commit", "--quiet", "--all", "--message", "a later release");
  runHere("git", "-C", clone, "push", "--quiet");
}

async function upgradeAndBack(machine: Machine, caller: Caller): Promise<void> {
  nextRelease();
  for (const [heading, isNext] of [
    ["## Upgrade", true],
    ["## Roll back", false],
  ] as const) {
    const load = new Load(caller);
    await followAll(machine, heading);
    await load.stop();
    say(`${load.answered} requests in the meantime, of which ${load.failures.length} got a 502`);
    await untilReady(machine);
    const { text } = await caller.ask("/openapi.json");
    assert.equal(/"version": ?"\d+\.\d+\.99"/.test(text), isNext);
  }
}

async function replaceCaddy(machine: Machine, caller: Caller): Promise<void> {
  say("nginx");
  await must(
    machine,
    `mkdir -p /etc/ssl/scoreline && cd /etc/ssl/scoreline &&
     openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=${host} -addext subjectAltName=DNS:${host} -keyout privkey.pem -out fullchain.pem &&
     cp fullchain.pem /usr/local/share/ca-certificates/nginx.crt && update-ca-certificates`,
  );
  await follow(machine, blocksOf("## 4. HTTPS").at(-1) ?? "false");
  await checkProxy(machine, caller);
}

async function restore(machine: Machine, key: string, kept: Kept): Promise<void> {
  await followAll(machine, "## 1. Packages");
  const [clone = ""] = blocksOf("## 2. Scoreline");
  await follow(machine, clone.split("\n").slice(0, 2).join("\n"));
  cpSync(join(work, kept.file), join(work, "second/root", kept.file));
  await followAll(machine, "## Restore");
  await untilReady(machine);
  const caller = await openHttps(machine, key);
  await caller.assertSucceed([kept.done, ...kept.waiting]);
}

async function walk(): Promise<void> {
  if (!existsSync(source)) runHere("git", "clone", "--quiet", "--bare", ROOT, source);
  const commit = runHere("git", "-C", ROOT, "rev-parse", "HEAD").trim();
  runHere("git", "-C", source, "fetch", "--quiet", ROOT, commit);
  runHere("git", "-C", source, "update-ref", "refs/heads/walk", commit);
  runHere("git", "-C", source, "symbolic-ref", "HEAD", "refs/heads/walk");
  mkdirSync(join(cache, "partial"), { recursive: true });
  if (!existsSync(base)) {
    say("debootstrap");
    const format = "$(SITE)";
    const sites = runHere("apt-get", "indextargets", "--format", format, "Created-By: Packages");
    runHere(
      "debootstrap",
      "--include=ca-certificates,dbus",
      "bookworm",
      base,
      sites.split("\n")[0] ?? "",
    );
  }
  using network = new Network(`scoreline-${process.pid}`);
  const first = await freshMachine("first", network);
  let caller, kept;
  try {
    caller = await install(first);
    await useIt(first, caller);
    await crashAndReboot(first, caller);
    kept = await backUp(first, caller);
    await upgradeAndBack(first, caller);
    await replaceCaddy(first, caller);
  } finally {
    await first[Symbol.asyncDispose]();
  }
  await using second = await freshMachine("second", network);
  await restore(second, caller.key, kept);
  say("the page is true");
}

try {
  await walk();
} finally {
  if (values.work === undefined) rmSync(work, { recursive: true, force: true });
}
