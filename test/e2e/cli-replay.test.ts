import assert from "node:assert/strict";
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { replaySchema } from "../../gateway/replays/replay-json.ts";
import { z } from "zod";
import { capturedFiles, capturedLines } from "../support/captured.ts";
import { cli } from "../support/cli.ts";
import { ask } from "../support/client.ts";
import { EndpointClient } from "../support/endpoints.ts";
import { errs, gradedModel } from "../support/models.ts";
import { System } from "../support/system.ts";
import { until } from "../support/until.ts";

const ITEMS = 300;
/** So much more often that 300 pairs are enough. */
const CANDIDATE = [[2, 60]] as const;
const WORSE = 3;

describe("scoreline endpoints replay", () => {
  const models = gradedModel([[], CANDIDATE]);
  const labelled = join(models, "labelled.ndjson");
  const captured = join(models, "captured");
  const wrongOf = (isMeant: (n: number) => boolean): number =>
    Array.from({ length: ITEMS }, (_, n) => isMeant(n) && errs(CANDIDATE, n)).filter(Boolean)
      .length;
  let system: System & { url: string };
  before(async () => {
    cpSync("test/fixtures/models/script-example", join(models, "script-example"), {
      recursive: true,
    });
    mkdirSync(captured);
    system = await System.start({ MODELS_DIR: models, CAPTURE_FOLDER: captured });
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
    const percent = Number(((100 * wrongOf(() => true)) / ITEMS).toPrecision(3));
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

  it("scores a captured day, with the labels that came later, from lines or from Parquet", async () => {
    const endpoint = new EndpointClient(system.url);
    const variants = [{ name: "blue", model: "graded@1" }];
    await endpoint.put("days", { variants, capture: { percent: 100 } });
    const { capture_state: state } = await endpoint.read("days");
    assert.equal(state, "written");
    const send = async (path: string, body: object, headers = {}): Promise<Response> => {
      const type = { "content-type": "application/json" };
      const init = { method: "POST", headers: { ...type, ...headers }, body: JSON.stringify(body) };
      return ask(`${system.url}${path}`, init);
    };
    const wait = { prefer: "wait=60" };
    const JOBS = 50;
    for (let n = 0; n < JOBS; n += 1) {
      const made = await send("/v1/models/days/jobs", { input: { n } }, wait);
      const { id } = z.object({ id: z.string() }).parse(await made.json());
      if (n % 2 === 1) continue;
      const said = await send(`/v1/jobs/${id}/label`, { label: { label: n % 3 } });
      assert.equal(said.status, 204);
    }
    await send("/v1/models/days/jobs", { inputs: [{ n: 1 }, { n: 2 }] }, wait);
    await until("all is written", async () => {
      const [inputs, labels] = await Promise.all(
        ["inputs", "labels"].map(async (kind) => capturedLines(captured, kind)),
      );
      return inputs?.length === JOBS + 1 && labels?.length === JOBS / 2;
    });
    const [{ path } = { path: "" }] = await capturedFiles(captured);
    const day = path.split("/").slice(3, 6).join("-");
    const parquet = join(models, "parquet");
    const made = await cli(["capture", "parquet", captured, "--out", parquet, "--all"]);
    assert.equal(made.code, 0, made.err);
    for (const folder of [captured, parquet]) {
      const given = ["days", "--day", day, "--folder", folder, "--model", "graded@2"];
      const { code, out, err } = await run([...given, "--wait", "--json"]);
      assert.ok(code === 0 || code === WORSE, err);
      assert.match(err, /^51 captured jobs, 52 inputs, 25 with a label$/m);
      const { compared, comparison, disagreements } = replaySchema.parse(JSON.parse(out));
      assert.deepEqual([compared, comparison.errors?.pairs], [JOBS + 2, JOBS / 2]);
      assert.equal(
        comparison.errors?.only_candidate,
        wrongOf((n) => n < JOBS && n % 2 === 0),
      );
      assert.match(disagreements[0]?.custom_id ?? "", /^job_\w+/);
    }
    const none = await run([
      "days",
      "--day",
      "2020-02-29",
      "--folder",
      captured,
      "--variant",
      "blue",
    ]);
    assert.equal(none.code, 1);
    assert.match(none.err, /has nothing that days captured on 2020-02-29/);
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
