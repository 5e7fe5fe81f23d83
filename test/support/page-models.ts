import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { cli } from "./cli.ts";
import { FOLDERS, writeVersion } from "./hub-folders.ts";

const OURS = ["faq-javascript", "image-classification", "wine"];
const OF_THE_HUB = ["classification", "embedding", "entities", "pair"];
const DETECTORS = "test/fixtures/detectors";

const photosSchema = z.array(z.object({ input: z.object({ image: z.string() }) }));

/** A folder with a model of each pipeline: our own, and tiny ones as others make them. */
export async function modelsOfAllKinds(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "scoreline-page-"));
  for (const name of OURS) {
    cpSync(join("models", name), join(folder, name), { recursive: true });
  }
  for (const name of OF_THE_HUB) await writeVersion(join(FOLDERS, name), folder);
  const add = ["models", "add", join(DETECTORS, "yolo.onnx"), "--name", "yolo"];
  const { code, err } = await cli(add, { MODELS_DIR: folder });
  assert.equal(code, 0, err);
  return folder;
}

/** A photo in which the model `yolo` finds things, as a person would choose it. */
export function photoOfThings() {
  const cases = photosSchema.parse(JSON.parse(readFileSync(join(DETECTORS, "yolo.json"), "utf8")));
  const buffer = Buffer.from(cases[0]?.input.image ?? "", "base64");
  return { name: "things.png", mimeType: "image/png", buffer };
}
