import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { describe, it } from "node:test";
import { COURIER_THREADS, GATEWAY_NODE_OPTIONS } from "../../cli/start/roles.ts";
import { redisConfig } from "../../cli/start/redis-server.ts";
import { gatewayConfigSchema } from "../../gateway/config.ts";
import { tooLarge } from "../../gateway/http/read-body.ts";
import { toProblem } from "../../shared/error.ts";
import { workerConfigSchema } from "../../worker/config.ts";
import { codeBlocks, section, tableRows } from "./support/markdown.ts";
import { filesMatching, readText, ROOT } from "./support/repository.ts";

const page = readText("docs/one-server.md");
const install = readText("docs/one-server/install.sh");
const settings = variablesOf(readText("docs/one-server/scoreline.env").split("\n"));
/** Read by others than us. */
const FOREIGN = new Set(["NODE_ENV", "NODE_OPTIONS", "UV_THREADPOOL_SIZE"]);

/** A line `Name=…` of a unit; the last one holds. */
function valueOf(unit: string, name: string): string | undefined {
  return [...unit.matchAll(new RegExp(`^${name}=(.*)$`, "gm"))].at(-1)?.[1];
}

/** Words like `NAME=value`. */
function variablesOf(words: readonly string[]): Readonly<Record<string, string>> {
  const set = words.filter((word) => /^[A-Z_]+=/.test(word));
  return Object.fromEntries(set.map((word) => [word.split("=")[0], word.replace(/^\w+=/, "")]));
}

describe("the units of systemd", () => {
  for (const role of ["gateway", "worker", "courier"] as const) {
    const unit = readText(`docs/one-server/scoreline-${role}.service`);
    const own = variablesOf(valueOf(unit, "Environment")?.split(" ") ?? []);

    it(`of the ${role} sets what its configuration knows, and leaves it time to stop`, () => {
      const schema = role === "gateway" ? gatewayConfigSchema : workerConfigSchema;
      const set = Object.entries(own).filter(([name]) => !FOREIGN.has(name));
      assert.deepEqual(
        set.filter(([name]) => !(name in schema.shape)),
        [],
      );
      schema.parse({ ...settings, ...Object.fromEntries(set) });
      const stopMs = Number(valueOf(unit, "TimeoutStopSec")) * 1000;
      assert.ok(stopMs >= Number(own["GRACE_MS"]) + 10_000);
    });

    it(`of the ${role} runs a file that is there, as on a cluster`, () => {
      const [program, file = ""] = valueOf(unit, "ExecStart")?.split(" ") ?? [];
      assert.equal(program, "/usr/local/bin/node");
      assert.ok(existsSync(join(ROOT, file)));
      if (role === "gateway") assert.equal(own["NODE_OPTIONS"], GATEWAY_NODE_OPTIONS);
      if (role === "courier") assert.equal(own["UV_THREADPOOL_SIZE"], COURIER_THREADS);
    });
  }

  it("are as the page says", () => {
    const rows = tableRows(section(page, "## What the services may not do"));
    const made = rows.map(([name = ""]) => {
      const unit = readText(`docs/one-server/${name}.service`);
      const port = /HEALTH_PORT=(\d+)/.exec(unit)?.[1];
      const redisPort = /^port (\d+)$/m.exec(readText("docs/one-server/redis.conf"))?.[1];
      const own = name === "scoreline-redis" ? redisPort : (port ?? settings["PORT"]);
      const when = { always: "always", "on-failure": "on failure" }[valueOf(unit, "Restart") ?? ""];
      const [stop, restart] = [valueOf(unit, "TimeoutStopSec"), valueOf(unit, "RestartSec")];
      return [name, `127.0.0.1:${own}`, `${stop} s`, `${when}, after ${restart} s`];
    });
    assert.deepEqual(rows, made);
  });

  it("pass systemd-analyze", { skip: !isThere("systemd-analyze") && "there is none" }, () => {
    const folder = mkdtempSync(join(tmpdir(), "scoreline-units-"));
    try {
      for (const { path, text } of filesMatching(["docs/one-server/*.{service,target,timer}"])) {
        // It wants to see the programs, which are on the server.
        const runnable = text.replace(/^ExecStart=\S+/m, `ExecStart=${process.execPath}`);
        writeFileSync(join(folder, basename(path)), runnable);
      }
      mkdirSync(join(folder, "scoreline-.service.d"));
      cpSync(
        join(ROOT, "docs/one-server/hardening.conf"),
        join(folder, "scoreline-.service.d/all.conf"),
      );
      const units = globSync(join(folder, "*.{service,target,timer}"));
      const { status, stderr } = spawnSync("systemd-analyze", ["verify", "--man=no", ...units], {
        encoding: "utf8",
        env: { ...process.env, SYSTEMD_UNIT_PATH: `${folder}:` },
      });
      assert.equal(stderr, "");
      assert.equal(status, 0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("what is installed on one server", () => {
  it("is all of docs/one-server/", () => {
    const kinds = ["service", "target", "timer"];
    for (const kind of kinds) assert.ok(install.includes(`docs/one-server/scoreline*.${kind} `));
    const others = globSync("docs/one-server/*", { cwd: ROOT })
      .map((path) => basename(path))
      .filter((name) => !kinds.includes(name.split(".")[1] ?? ""));
    assert.deepEqual(
      others.filter((name) => !install.includes(name) && !page.includes(`docs/one-server/${name}`)),
      [],
    );
  });

  it("has Redis set up as npm start does", () => {
    const text = redisConfig("/", { port: 6379, password: "" });
    const wanted = text.split("\n").filter((line) => !/^(?:requirepass|dir|loglevel)\b/.test(line));
    const there = readText("docs/one-server/redis.conf").split("\n");
    assert.deepEqual(
      wanted.filter((line) => !there.includes(line)),
      [],
    );
  });

  it("has a password for each user of Redis that needs one", () => {
    const users = [...readText("k8s/users.acl").matchAll(/^user (\w+) on #\w+ /gm)];
    const names = users.map(([, name = ""]) => name).filter((name) => name !== "keda");
    assert.equal(/^ {2}for role in (.*); do$/m.exec(install)?.[1], names.join(" "));
  });

  it("passes on bodies and waits as the gateway takes them", () => {
    const proxy = readText("docs/one-server/nginx.conf");
    const defaults = gatewayConfigSchema.parse({});
    const [, body] = /client_max_body_size (\d+)m;/.exec(proxy) ?? [];
    assert.equal(Number(body) * 1024 * 1024, defaults.BODY_BYTES_MAX);
    const [, refusal = ""] = /return 413 '(.*)\\n';/.exec(proxy) ?? [];
    assert.equal(refusal, JSON.stringify(toProblem(tooLarge(defaults.BODY_BYTES_MAX))));
    for (const [, seconds] of proxy.matchAll(/_timeout (\d+)s;\n/g)) {
      if (seconds !== "60") assert.ok(Number(seconds) > 2 * defaults.WAIT_MAX_SECONDS);
    }
  });

  it("is taken from files that are there, in the page's commands", () => {
    const named = codeBlocks(page, "sh").flatMap((block) =>
      [...block.matchAll(/\/usr\/local\/src\/scoreline\/([\w./-]+)/g)].map(([, path = ""]) => path),
    );
    assert.ok(named.length > 4);
    assert.deepEqual(
      named.filter((path) => !existsSync(join(ROOT, path))),
      [],
    );
  });
});

function isThere(program: string): boolean {
  return spawnSync(program, ["--version"]).status === 0;
}
