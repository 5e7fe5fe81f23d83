import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { globSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { z } from "zod";
import { repositoryFile } from "../support/client.ts";
import {
  createPlace,
  followed,
  removePlace,
  ROOT,
  stop,
  type Started,
} from "../support/launcher.ts";

const packageSchema = z.looseObject({ version: z.string(), build: z.string() });
const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.looseObject({
      version: z.string().optional(),
      integrity: z.string().optional(),
      resolved: z.undefined().optional(),
      dev: z.undefined().optional(),
      optionalDependencies: z.record(z.string(), z.string()).optional(),
    }),
  ),
});

const place = await createPlace();
const cache = join(place.folder, "cache");
const home = join(cache, "scoreline/unpacked");
const folder = join(place.folder, "empty");
after(() => removePlace(place));

describe("the npm package", () => {
  before(() => {
    mkdirSync(home, { recursive: true });
    mkdirSync(folder);
    const [tarball = ""] = done(["cli/package/pack.ts", "--out", place.folder], ROOT).split("\n");
    const untar = spawnSync("tar", ["-xzf", tarball, "--strip-components=1", "-C", home]);
    assert.equal(untar.status, 0, String(untar.stderr));
  });

  it("holds JavaScript, what it reads, and the small demo models; no tests, no TypeScript", () => {
    const types = globSync("**/*.ts", { cwd: home });
    assert.ok(types.includes("types/worker/runner/pipelines/script/scoring-script.d.ts"));
    assert.deepEqual(
      types.filter((path) => !/^types\/.*\.d\.ts$/.test(path)),
      [],
    );
    const own = globSync("{cli,gateway,shared,worker}/**/*.ts", { cwd: ROOT });
    const emitted = own.filter((path) => !path.startsWith("cli/package/"));
    const lua = globSync("**/*.lua", { cwd: join(ROOT, "shared") }).map((path) => `shared/${path}`);
    const wanted = [...emitted.map((path) => path.replace(/ts$/, "js")), ...lua];
    assert.deepEqual(
      wanted.filter((path) => globSync(path, { cwd: home }).length === 0),
      [],
    );
    assert.deepEqual(globSync("models/*/*/*.onnx", { cwd: home }).toSorted(), [
      "models/faq-javascript/1/model.onnx",
      "models/faq-javascript/2/model.onnx",
      "models/image-classification/2/model.onnx",
      "models/wine/1/model.onnx",
    ]);
    assert.deepEqual(globSync("{test,node_modules,models/*/{build,data}}", { cwd: home }), []);
  });

  it("names no command that a stranger's package could answer", () => {
    const texts = globSync("**/*.{html,js,md,mjs,yaml}", { cwd: home });
    const strange = texts.filter((path) =>
      /npx scoreline|npm start|npm run setup/.test(readFileSync(join(home, path), "utf8")),
    );
    assert.deepEqual(strange, []);
  });

  it("has nothing that npm would install with it, and locks what it brings in", () => {
    const manifest = packageSchema.parse(read(join(home, "package.json")));
    assert.ok(!("dependencies" in manifest) && !("scripts" in manifest));
    const { packages } = lockSchema.parse(read(join(home, "lock.json")));
    const { "": own, ...others } = packages;
    assert.ok(Object.values(others).every(({ integrity }) => integrity?.startsWith("sha512-")));
    const { devDependencies } = z
      .object({ devDependencies: z.record(z.string(), z.string()) })
      .parse(read(join(ROOT, "package.json")));
    const nodes = Object.values(own?.optionalDependencies ?? {});
    assert.deepEqual([...new Set(nodes)], [devDependencies["node"]]);
  });

  it("refuses to start among files of others, and makes nothing there", () => {
    const strange = join(place.folder, "strange");
    mkdirSync(strange);
    writeFileSync(join(strange, "thesis.txt"), "");
    const { status, stderr } = run(["start"], strange);
    assert.equal(status, 1);
    assert.match(stderr, /"thesis\.txt" is in it/);
    assert.deepEqual(globSync("*", { cwd: strange }), ["thesis.txt"]);
  });

  describe("started in an empty folder", () => {
    let started: Started;
    before(async () => {
      started = start();
      await started.hasSaid("Ctrl-C stops everything.");
    });

    it("scores a photo and a question by the commands that it prints", () => {
      const lines = started.text().split("\n");
      const printed = (model: string): string =>
        lines.find((line) => line.includes(`/v1/models/${model}/jobs`)) ?? "";
      assert.match(inShell(printed("image-classification")), /"label":"espresso"/);
      assert.match(inShell(printed("faq-javascript")), /"id":"clone-array"/);
    });

    it("serves the page's modules as JavaScript", async () => {
      const page = await fetch(place.url, { headers: { Accept: "text/html" } });
      const modules = [...(await page.text()).matchAll(/modulepreload" href="\.\/([^"]+)"/g)];
      assert.ok(modules.length > 30);
      for (const [, path = ""] of modules) {
        const answer = await fetch(new URL(path, place.url));
        assert.equal(answer.headers.get("content-type"), "text/javascript; charset=utf-8", path);
        assert.doesNotMatch(await answer.text(), /^import .*\.ts"/m);
      }
      for (const path of ["docs", "docs/errors"])
        assert.equal((await fetch(new URL(path, place.url))).status, 200);
    });

    it("adds a model of one's own, whose printed commands work", () => {
      writeFileSync(join(folder, "iris.onnx"), repositoryFile("test/fixtures/strangers/iris.onnx"));
      const columns = "sepal_length,sepal_width,petal_length,petal_width";
      const added = inShell(`./scoreline models add iris.onnx --name iris --columns ${columns}`);
      const score = /^ *(\.\/scoreline score .*)$/m.exec(added)?.[1] ?? added;
      assert.match(
        inShell(`for i in $(seq 100); do ${score} && exit; sleep 0.2; done; exit 1`),
        /probabilities/,
      );
      assert.match(inShell("./scoreline deploy render iris --pool cpu"), /name: worker-iris-1/);
    });

    it("keeps its state in that folder, and stops", async () => {
      const made = [".gitignore", ".scoreline", "README.md", "iris.onnx", "models", "scoreline"];
      assert.equal(await stop(started), 0);
      assert.deepEqual(globSync("{*,.*}", { cwd: folder }).toSorted(), made);
      assert.deepEqual(globSync("{.scoreline,models/iris}", { cwd: home }), []);
    });
  });
});

/** As after the first start has brought in what is needed: from the clone's, without a registry. */
function start(): Started {
  const { version, build } = packageSchema.parse(read(join(home, "package.json")));
  symlinkSync(join(ROOT, "node_modules"), join(home, "node_modules"));
  symlinkSync(home, join(cache, `scoreline/${version}-${build}`));
  return followed(
    spawn(process.execPath, [join(home, "cli/package/scoreline.mjs"), "start"], {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
      env: environment(),
    }),
  );
}

function environment(): NodeJS.ProcessEnv {
  const { PATH } = process.env;
  return { PATH, XDG_CACHE_HOME: cache, SCRIPT_FOLDER: place.folder, PORT: String(place.port) };
}

function run(words: readonly string[], cwd: string): { status: number | null; stderr: string } {
  const command = join(home, "cli/package/scoreline.mjs");
  return spawnSync(process.execPath, [command, ...words], {
    cwd,
    env: environment(),
    encoding: "utf8",
  });
}

/** What a person types in the folder. @returns what it printed */
function inShell(line: string): string {
  const { status, stdout, stderr } = spawnSync("sh", ["-c", line], {
    cwd: folder,
    env: environment(),
    encoding: "utf8",
  });
  assert.equal(status, 0, `${line}\n${stdout}${stderr}`);
  return stdout;
}

function done(args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd, encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return stdout;
}

function read(path: string): unknown {
  return JSON.parse(readFileSync(path, "utf8"));
}
