import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { z } from "zod";
import { keys } from "../support/redis-keys.ts";
import { cli } from "../support/cli.ts";
import { objectsOf, podOf } from "../support/cluster-objects.ts";
import { podFaults } from "../support/pod-policy.ts";

const listSchema = z.object({
  kind: z.literal("List"),
  items: z.array(z.looseObject({ kind: z.string() })),
});

const KINDS = ["Deployment", "ScaledObject", "PodDisruptionBudget"];
const folder = mkdtempSync(join(tmpdir(), "scoreline-render-"));
after(() => rmSync(folder, { recursive: true }));

const render = async (...args: string[]) => cli(["deploy", "render", "wine", ...args]);

describe("scoreline deploy render", () => {
  it("prints objects that kubectl takes, in YAML and with --json the same", async () => {
    const [yaml, json] = await Promise.all([render(), render("--json")]);
    assert.deepEqual([yaml.code, json.code], [0, 0]);
    const objects = objectsOf(yaml.out);
    assert.deepEqual(
      objects.map(({ kind }) => kind),
      KINDS,
    );
    assert.deepEqual(listSchema.parse(JSON.parse(json.out)).items, objects);
    assert.match(
      yaml.err,
      /assumed .* rows\/s of a slot; measure it: scoreline models check wine@1/,
    );
  });

  it("says what is asked: slots, image, namespace, replicas, wait", async () => {
    const options = [
      "--slots",
      "4",
      "--image",
      "mine:2",
      "--namespace",
      "ml",
      "--max-replicas",
      "7",
    ];
    const rate = ["--rows-per-second", "10", "--target-wait-ms", "500"];
    const { out } = await render(...options, ...rate);
    const objects = objectsOf(out);
    for (const { metadata } of objects) assert.equal(metadata["namespace"], "ml");
    const made = objects.flatMap((object) => podOf(object) ?? []);
    assert.deepEqual(
      made.flatMap(({ pod }) => podFaults(pod)),
      [],
    );
    assert.equal(made[0]?.pod.containers[0]?.image, "mine:2");
    assert.equal(made[0]?.pod.containers[0]?.resources.limits["cpu"], "4");
    assert.match(out, /maxReplicaCount: 7/);
    const list = keys.load({ model: "wine@1", class: "interactive" });
    assert.ok(out.includes(`listName: "${list}"\n        listLength: "20"`), out);
  });

  it("writes a folder, then has nothing to change there, then shows what would change", async () => {
    const written = await render("--rows-per-second", "10", "--out", folder);
    assert.equal(written.code, 0, written.err);
    const files = readdirSync(folder).toSorted();
    assert.deepEqual(
      written.out.trim().split("\n").toSorted(),
      files.map((name) => join(folder, name)),
    );
    const first = readFileSync(join(folder, "kustomization.yaml"), "utf8").split("\n")[0];
    assert.equal(first, "# Made by: scoreline deploy render wine@1 --rows-per-second 10");
    const same = await render("--rows-per-second", "10", "--diff", folder);
    assert.deepEqual([same.code, same.out], [0, ""]);
    const other = await render("--rows-per-second", "30", "--diff", folder);
    assert.equal(other.code, 1);
    assert.match(other.out, /^-\s+listLength: "20"$/m);
    assert.match(other.out, /^\+\s+listLength: "60"$/m);
  });
});
