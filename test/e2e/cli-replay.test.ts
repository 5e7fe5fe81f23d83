import assert from "node:assert/strict";
import { cpSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { replaySchema } from "../../gateway/replays/replay-json.ts";
import { cli } from "../support/cli.ts";
import { EndpointClient } from "../support/endpoints.ts";
import { errs, gradedModel } from "../support/models.ts";
import { System } from "../support/system.ts";

const ITEMS = 300;
/** So much more often that 300 pairs are enough. */
const CANDIDATE = [[2, 60]] as const;
const WORSE = 3;

describe("scoreline endpoints replay", () => {
  const models = gradedModel([[], CANDIDATE]);
  const labelled = join(models, "labelled.ndjson");
  const wrong = Array.from({ length: ITEMS }, (_, n) => errs(CANDIDATE, n)).filter(Boolean);
  let system: System & { url: string };
  before(async () => {
    cpSync("test/fixtures/models/script-example", join(models, "script-example"), {
      recursive: true,
    });
    system = await System.start({ MODELS_DIR: models });
    await new EndpointClient(system.url).put("grades", {
      variants: [
        { name: "blue", model: "graded@1", share: 0 },
        { name: "green", model: "graded@2", share: 100 },
      ],
      default: "blue",
    });
    const items = Array.from({ length: ITEMS }, (_, n) => ({ input: { n }, expected: n % 3 }));
    writeFileSync(labelled, items.map((item) => `${JSON.stringify(item)}\n`).join(""));
  });
  after(async () => {
    await system[Symbol.asyncDispose]();
    rmSync(models, { recursive: true });
  });

  const run = async (words: readonly string[]) =>
    cli(["endpoints", "replay", ...words, "--url", system.url], {
      SCORELINE_API_KEY: system.key,
    });

  it("scores a file with the default variant and with another version, and says which is worse", async () => {
    const given = ["grades", "--file", labelled, "--model", "graded@2", "--wait"];
    const { code, out, err } = await run(given);
    assert.equal(code, WORSE, err);
    assert.match(out, /^rep_\w+ {2}completed\nlive +graded@1, bat_\w+\ncandidate +graded@2, bat_/);
    assert.ok(out.includes(`compared   ${ITEMS} of ${ITEMS}\n\nworse\n`), out);
    const percent = Number(((100 * wrong.length) / ITEMS).toPrecision(3));
    assert.match(out, new RegExp(`^wrong +0 % +${percent} % +${percent} % `, "m"));
    assert.match(out, /^\d+ {2}\/label: 3 instead of [012]$/m);

    const [, batch = ""] = /live +graded@1, (\w+)/.exec(out) ?? [];
    const again = await run(["grades", "--batch", batch, "--variant", "blue"]);
    assert.equal(again.code, 0, again.err);
    const [id = ""] = again.out.split(" ");
    assert.match(again.out, new RegExp(`^wait +npx scoreline endpoints replay grades ${id} `, "m"));
    const shown = await run(["grades", id, "--wait", "--json"]);
    assert.equal(shown.code, 0, shown.err);
    const { comparison, compared, candidate } = replaySchema.parse(JSON.parse(shown.out));
    assert.deepEqual([compared, candidate, comparison.agreement?.share], [ITEMS, "graded@1", 1]);
  });

  it("is refused before anything is scored when the version takes another input", async () => {
    const { code, err } = await run(["grades", "--file", labelled, "--model", "script-example@1"]);
    assert.equal(code, 1);
    assert.match(err, /script-example@1 cannot score items of graded@1: /);
    assert.match(err, /^bat_\w+ is canceled: it has no items$/m);
  });

  it("wants to know what to try, and with what", async () => {
    for (const words of [["--batch", "bat_1"], ["--model", "graded@2"], []]) {
      assert.equal((await run(["grades", ...words])).code, 2);
    }
    const { code, err } = await run(["grades", "--batch", "bat_1", "--model", "graded@2"]);
    assert.equal(code, 1);
    assert.match(err, /There is no such batch/);
  });
});
