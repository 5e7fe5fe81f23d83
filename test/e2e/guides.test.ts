import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { cli } from "../support/cli.ts";
import { ask, PHOTO, repositoryFile } from "../support/client.ts";
import { ROOT } from "../support/launcher.ts";
import { System } from "../support/system.ts";
import { noTrainer, trainerPython } from "../support/trainer.ts";
import { until } from "../support/until.ts";
import { codeBlocks } from "../sync/support/markdown.ts";

const HAS_CURL = spawnSync("curl", ["--version"]).status === 0;

/** In the guides: where `npm start` answers, and where it keeps its key. */
const PRINTED = { url: "http://127.0.0.1:8080", keyFile: ".scoreline/api-key" };

/** Guides whose commands are run, one after the other, by one system. */
interface Guides {
  readonly paths: readonly string[];
  /** What the answer to each curl shows. */
  readonly answer: RegExp;
  /** What its programs print; by default, an output. */
  readonly printed?: RegExp;
}

const GUIDES: readonly Guides[] = [
  {
    paths: ["docs/tutorial.md", "docs/versions.md", "docs/calling.md", "docs/troubleshooting.md"],
    answer: /"object":"(?:job|batch|list)"|"status":"ready"|,succeeded,class_/,
  },
  { paths: ["docs/your-own-model.md"], answer: /"status":"succeeded"/ },
  {
    paths: ["docs/bulk.md"],
    answer: /"object":"batch"|"status":"succeeded"|,succeeded,class_/,
    printed: /^\{"index":0,.*"status":"succeeded"[\s\S]*\n\{"end":true,"next":null\}/,
  },
  { paths: ["README.md"], answer: /"status":"succeeded"|"arrival_rate":/ },
  { paths: ["docs/endpoints.md"], answer: /"object":"(?:endpoint|batch|replay)"/ },
  { paths: ["docs/from-azure-ml.md"], answer: /^\[\{"label":"class_0",/ },
];

/** Files that commands of a guide read or make. */
const FILES = /\b(?:photos\.json|labelled\.ndjson|deploymentconfig\.json|imported\b(?!\.))/g;

/** Commands of the guides before: each is run once. */
const seen = new Set<string>();

/** So that receivers on this machine may be named. */
const WEBHOOKS = { WEBHOOK_ALLOW: "127.0.0.0/8", WEBHOOK_HTTP: "on", WEBHOOK_PORTS: "1-65535" };

/** What runs a program of a guide from stdin. */
const PROGRAMS = [
  ["python", "python3 -"],
  ["ts", `${process.execPath} --input-type=module-typescript -`],
] as const;

/** The commands of a block: a line may go on behind a backslash, or within quotes. */
function commandsIn(block: string): readonly string[] {
  const commands: string[] = [];
  let isOpen = false;
  for (const line of block.trim().split("\n")) {
    const command: string = isOpen ? `${commands.pop()}\n${line}` : line;
    isOpen = line.endsWith("\\") || command.split("'").length % 2 === 0;
    commands.push(command);
  }
  return commands;
}

/** Blocks of JSON that a sentence before them gives the name of a file. */
function filesIn(guide: string): readonly (readonly [name: string, text: string])[] {
  const named = /`([\w.]+)`:\n\n *```json\n([\s\S]*?)^ *```$/gm;
  return [...guide.matchAll(named)].map(([, name = "", text = ""]) => [name, text]);
}

/** A day of the endpoint photos, as a courier leaves it. */
function writeCaptured(folder: string): void {
  const day = join(folder, "photos", "blue", "inputs", "2026", "11", "29");
  mkdirSync(day, { recursive: true });
  const image = repositoryFile(PHOTO).toString("base64");
  const line = { id: "job_01m7z2a28nec097t69kvhhq4z1", parameters: {}, input: { image } };
  writeFileSync(join(day, "14-9f2c41d07a3e.ndjson"), `${JSON.stringify(line)}\n`);
}

function canRun(program: string): boolean {
  return spawnSync("bash", ["-c", `${program} </dev/null`]).status === 0;
}

/**
 * Every command of a guide, in its order, as it stands but for those two places, the folders of what it
 * reads and writes, and the ids of batch and replay before; and without npx, which takes longer to start
 * than most commands take.
 */
for (const { paths, answer, printed = /^succeeded .*\{/ } of GUIDES) {
  describe(paths.join(", "), () => {
    let system: System & { url: string };
    let folder = "";
    let [batch, job, replay] = ["", "", ""];
    before(async () => {
      folder = mkdtempSync(join(tmpdir(), "scoreline-guide-"));
      cpSync(join(ROOT, "models"), join(folder, "models"), { recursive: true });
      system = await System.start({ MODELS_DIR: join(folder, "models"), ...WEBHOOKS });
      writeFileSync(join(folder, "api-key"), system.key);
      for (const [name, text] of filesIn(guide)) writeFileSync(join(folder, name), text);
      writeCaptured(join(folder, "captured"));
    });
    after(async () => system[Symbol.asyncDispose]());
    after(() => rmSync(folder, { recursive: true }));

    const guide = paths.map((path) => repositoryFile(path).toString()).join("\n");
    const commands = codeBlocks(guide, "sh").flatMap(commandsIn);
    const fresh = commands.filter((line) => !line.startsWith("npm ") && !seen.has(line));
    for (const command of commands) seen.add(command);
    for (const command of fresh) {
      const isCurl = /(?:^|\| )curl /.test(command);
      it(command.slice(0, 100), { skip: isCurl && !HAS_CURL && "needs curl" }, async () => {
        const { code, out, err } = await shell(command);
        // A batch of which items failed is waited for with this code.
        const expected = /completed, partial(?:,|$)/m.test(out) ? 3 : 0;
        assert.equal(code, expected, `${command}\n${out}${err}`);
        const [, added] = /models add .*--name (\w+)(?!.*--dry-run)/.exec(command) ?? [];
        if (added !== undefined) await isServed(added);
        if (isCurl) assert.match(out, answer);
        job = /job_[a-z0-9]{26}/.exec(out)?.[0] ?? job;
        batch = /bat_[a-z0-9]{26}/.exec(out)?.[0] ?? batch;
        replay = /rep_[a-z0-9]{26}/.exec(out)?.[0] ?? replay;
      });
    }

    for (const [language, program] of PROGRAMS) {
      // Without a path in it a program calls nothing, and belongs to another test.
      const calls = codeBlocks(guide, language).filter((code) => code.includes(PRINTED.url));
      for (const [i, code] of calls.entries()) {
        if (seen.has(code)) continue;
        seen.add(code);
        const name = `program ${i + 1} in ${language}`;
        it(name, { skip: !canRun(program) && "needs it" }, async () => {
          const { out, err } = await shell(`${program} <<'END'\n${code}END`);
          assert.match(out, printed, err);
        });
      }
    }

    /** The folder of models is looked at every moment. */
    async function isServed(model: string): Promise<void> {
      const url = `${system.url}/v1/models/${model}`;
      await until(`${model} is served`, async () => (await ask(url)).ok);
    }

    async function shell(command: string): Promise<{ code: unknown; out: string; err: string }> {
      const there = command
        .replaceAll(" /tmp/", ` ${folder}/`)
        .replaceAll(PRINTED.url, system.url)
        .replaceAll(/\bnpx scoreline /g, "node cli/scoreline.mjs ")
        .replaceAll(PRINTED.keyFile, join(folder, "api-key"))
        .replaceAll("BATCH_ID", batch)
        .replaceAll("JOB_ID", job)
        .replaceAll("REPLAY_ID", replay)
        .replaceAll("/var/lib/scoreline/captured", join(folder, "captured"))
        .replaceAll(FILES, (name) => join(folder, name))
        .replace(/^node \S+ score .*/, `$& --url ${system.url}`);
      const child = spawn("bash", ["-c", there], {
        cwd: ROOT,
        stdio: ["ignore", "pipe", "pipe"],
        env: {
          PATH: process.env["PATH"],
          HOME: process.env["HOME"],
          MODELS_DIR: join(folder, "models"),
          PORT: new URL(system.url).port,
          SCORELINE_API_KEY: system.key,
        },
      });
      let [out, err] = ["", ""];
      child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
      child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
      const [code]: unknown[] = await once(child, "close");
      return { code, out, err };
    }
  });
}

describe("the Python of docs/your-own-model.md", () => {
  it("exports a scikit-learn model that models add takes", { skip: noTrainer }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "scoreline-guide-"));
    try {
      const guide = repositoryFile("docs/your-own-model.md").toString();
      const [script = ""] = codeBlocks(guide, "python");
      const child = spawn(trainerPython, ["-c", script], { cwd: folder, stdio: "inherit" });
      const [code]: unknown[] = await once(child, "close");
      assert.equal(code, 0);
      const file = join(folder, "iris.onnx");
      const added = await cli(["models", "add", file, "--name", "iris"], { MODELS_DIR: folder });
      assert.equal(added.code, 0, added.err);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
