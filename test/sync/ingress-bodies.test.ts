import assert from "node:assert/strict";
import { it } from "node:test";
import { PART_BYTES } from "../../cli/batch/upload.ts";
import { repositoryFile } from "../support/client.ts";

it("parts of an upload are smaller than what an ingress has to let pass, and as documented", () => {
  const ingress = repositoryFile("docs/kubernetes.md").toString();
  const [, passed = ""] = /must pass bodies of (\d+) MiB/.exec(ingress) ?? [];
  assert.ok(PART_BYTES.most < Number(passed) * 2 ** 20);
  const [first, most] = [PART_BYTES.first, PART_BYTES.most].map((bytes) => bytes / 2 ** 20);
  const said = `requests of ${first} MiB at first and up to ${most} MiB later`;
  assert.ok(repositoryFile("docs/cli.md").toString().includes(said), said);
});
