import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { cli } from "../support/cli.ts";
import { repositoryFile } from "../support/client.ts";
import { assertClose } from "../support/close.ts";
import { venvOf } from "../support/venv.ts";
import { codeBlocks } from "../sync/support/markdown.ts";

const BUILD = resolve("test/fixtures/strangers/build");
const run = promisify(execFile);

/** Programs of the guide that the packages of `trees.txt` run, and the file that each makes. */
const PROGRAMS = ["lightgbm.onnx", "xgboost.onnx", "catboost.onnx", "catboost-classes.onnx"];

describe("exporters of boosted trees", () => {
  let [python, folder] = ["", ""];
  before(async () => {
    python = join(await venvOf(join(BUILD, "trees.txt")), "bin/python");
    folder = mkdtempSync(join(tmpdir(), "scoreline-exporters-"));
    mkdirSync(join(folder, "models"));
  });
  after(() => rmSync(folder, { recursive: true }));

  it("still give the answers of the fixtures", async () => {
    await run(python, [join(BUILD, "tree_models.py"), folder], { maxBuffer: 2 ** 26 });
    for (const name of ["lightgbm", "xgboost", "catboost"]) {
      const made: unknown = JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8"));
      const kept = repositoryFile(`test/fixtures/strangers/${name}.json`).toString();
      assertClose(made, JSON.parse(kept));
    }
  });

  const guide = repositoryFile("docs/exporting.md").toString();
  const commands = codeBlocks(guide, "sh").map((block) => block.trim());
  for (const file of PROGRAMS) {
    it(`are used as the guide says: ${file}`, async () => {
      const program = codeBlocks(guide, "python").find((one) => one.includes(`"${file}"`));
      const command = commands.find((one) => one.includes(` ${file} `));
      assert.ok(program !== undefined && command !== undefined);
      await run(python, ["-c", program], { cwd: folder });
      const words = command.replace("npx scoreline ", "").replace(file, join(folder, file));
      const { code, err } = await cli(words.split(" "), { MODELS_DIR: join(folder, "models") });
      assert.equal(code, 0, err);
    });
  }
});
