import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import sharp, { type Sharp } from "sharp";
import { z } from "zod";
import { cli } from "../support/cli.ts";
import { postBytes } from "../support/client.ts";
import { System } from "../support/system.ts";
import { venvOf } from "../support/venv.ts";

const PHOTOS = "models/image-classification/photos";
const HALF_A_PIXEL = 0.5;
const SCORE = 1e-3;

const detection = z.object({
  label: z.string(),
  score: z.number(),
  box: z.object({ xmin: z.number(), ymin: z.number(), xmax: z.number(), ymax: z.number() }),
});
const image = z.object({ width: z.number(), height: z.number() });
const answer = z.object({ detections: z.array(detection), image });
type Answer = z.infer<typeof answer>;

/** A detector, and how Python's reference reads it: see test/fixtures/detectors/build/reference.py. */
interface Detector {
  readonly file: (venv: string) => Promise<string>;
  readonly flags: readonly string[];
  readonly parameters: string;
  readonly spec: {
    readonly decoder: string;
    readonly labels?: readonly string[];
    readonly size: readonly [width: number, height: number];
    readonly resize: "letterbox" | "stretch";
    readonly threshold: number;
    readonly iou: number | null;
  };
}

const COLOURS = ["red", "green", "painter's blue"];
const run = promisify(execFile);
const FIND = "import nudenet; print(nudenet.__path__[0])";

const detectors: Readonly<Record<string, Detector>> = {
  nudenet: {
    file: async (venv) => {
      const { stdout } = await run(join(venv, "bin/python"), ["-c", FIND]);
      return join(stdout.trim(), "320n.onnx");
    },
    flags: [],
    parameters: "threshold=0.01&iou_threshold=0.45&top_k=300",
    spec: {
      decoder: "yolo",
      size: [320, 320],
      resize: "letterbox",
      threshold: 0.01,
      iou: 0.45,
    },
  },
  detr: {
    file: async () => Promise.resolve("test/fixtures/detectors/detr.onnx"),
    flags: ["--labels", COLOURS.join(), "--pixels", "0..1"],
    parameters: "threshold=0.5",
    spec: {
      decoder: "detr",
      labels: COLOURS,
      size: [64, 64],
      resize: "stretch",
      threshold: 0.5,
      iou: null,
    },
  },
};

type Make = (photo: Sharp) => Sharp;

/** What a camera has done that is held so: the opposite of what the orientation says. Sharp mirrors first. */
const TURNED: readonly Make[] = [
  (photo) => photo,
  (photo) => photo.flop(),
  (photo) => photo.rotate(180),
  (photo) => photo.flip(),
  (photo) => photo.rotate(270).flop(),
  (photo) => photo.rotate(270),
  (photo) => photo.rotate(90).flop(),
  (photo) => photo.rotate(90),
];

const held = (orientation: number): Make => {
  const turned = TURNED[orientation - 1];
  assert.ok(turned !== undefined);
  return (photo) => turned(photo).jpeg({ quality: 92 }).withMetadata({ orientation });
};

const cut = (left: number, top: number, width: number, height: number): Make => {
  return (photo) => photo.extract({ left, top, width, height }).jpeg({ quality: 92 });
};

const photographs: readonly (readonly [photo: string, how: string, make: Make])[] = [
  ...[1, 2, 3, 4, 5, 6, 7, 8].map(
    (orientation) => ["astronaut", `held so: ${orientation}`, held(orientation)] as const,
  ),
  ["astronaut", "portrait", cut(100, 0, 250, 512)],
  ["astronaut", "very wide", cut(0, 60, 512, 60)],
  ["astronaut", "very high", cut(190, 0, 45, 512)],
  ["astronaut", "grey", (photo) => photo.greyscale().png()],
  ["astronaut", "with alpha", (photo) => photo.ensureAlpha(0.6).png()],
  ["astronaut", "smaller than the input", (photo) => photo.resize(150).webp({ quality: 95 })],
  ["astronaut", "many megapixels, on its side", (photo) => held(6)(photo.resize(3001))],
  ["dogs", "as it is", (photo) => photo.jpeg()],
  [
    "dogs",
    "on its side, portrait",
    (photo) => held(8)(photo.extract({ left: 101, top: 3, width: 333, height: 500 })),
  ],
  ["cat", "as it is", (photo) => photo.jpeg()],
  ["tripod", "grey, mirrored", (photo) => held(2)(photo.greyscale())],
  [
    "raccoon",
    "a WebP on its side",
    (photo) => photo.rotate(90).webp().withMetadata({ orientation: 8 }),
  ],
];

/** What a model sees of an upright photograph, by Sharp alone, with no code of ours. */
async function seen(
  file: Buffer,
  { size: [width, height], resize }: Detector["spec"],
): Promise<Buffer> {
  const upright = sharp(file, { autoOrient: true });
  const { autoOrient } = await sharp(file).metadata();
  const ratio = Math.min(width / autoOrient.width, height / autoOrient.height);
  const isBoxed = resize === "letterbox";
  const across = isBoxed ? Math.max(1, Math.round(autoOrient.width * ratio)) : width;
  const down = isBoxed ? Math.max(1, Math.round(autoOrient.height * ratio)) : height;
  const pixels = await upright
    .resize({ width: across, height: down, fit: "fill", kernel: "linear" })
    .flatten({ background: "#ffffff" })
    .toColourspace("srgb")
    .png()
    .toBuffer();
  const left = Math.floor((width - across) / 2);
  const top = Math.floor((height - down) / 2);
  const edges = { left, top, right: width - across - left, bottom: height - down - top };
  return sharp(pixels)
    .toColourspace("srgb")
    .extend({ ...edges, background: { r: 114, g: 114, b: 114 } })
    .raw()
    .toBuffer();
}

describe("a detector on photographs of any orientation", () => {
  const folder = mkdtempSync(join(tmpdir(), "detectors-"));
  const models = join(folder, "models");
  let venv = "";
  let system: System & { url: string };
  const files: { readonly name: string; readonly path: string; readonly bytes: Buffer }[] = [];

  before(async () => {
    venv = await venvOf("test/foreign/detectors.txt");
    for (const [name, { file, flags }] of Object.entries(detectors)) {
      const args = ["models", "add", await file(venv), "--name", name, "--yes", ...flags];
      const { code, err } = await cli(args, { MODELS_DIR: models });
      assert.equal(code, 0, err);
    }
    for (const [i, [photo, how, make]] of photographs.entries()) {
      const original = sharp(readFileSync(join(PHOTOS, `${photo}.jpg`)));
      const bytes = await make(sharp(await original.png().toBuffer())).toBuffer();
      const path = join(folder, String(i));
      writeFileSync(path, bytes);
      files.push({ name: `${photo}, ${how}`, path, bytes });
    }
    system = await System.start({ MODELS_DIR: models });
  });
  after(async () => system[Symbol.asyncDispose]());
  after(() => rmSync(folder, { recursive: true }));

  async function rightAnswers({ file, spec }: Detector, name: string): Promise<readonly Answer[]> {
    const labels = z
      .array(z.object({ label: z.string() }))
      .parse(JSON.parse(readFileSync(join(models, name, "1/labels.json"), "utf8")))
      .map(({ label }) => label);
    const settings = join(folder, `${name}.json`);
    writeFileSync(settings, JSON.stringify({ labels, ...spec }));
    for (const { path, bytes } of files) writeFileSync(`${path}.rgb`, await seen(bytes, spec));
    const paths = files.map(({ path }) => path);
    const args = ["test/foreign/detectors.py", await file(venv), settings, ...paths];
    const { stdout } = await run(join(venv, "bin/python"), args, { maxBuffer: 2 ** 26 });
    return z.array(answer).parse(JSON.parse(stdout));
  }

  for (const [model, detector] of Object.entries(detectors)) {
    it(`answers as numpy does with what onnxruntime gives in Python: ${model}`, async (t) => {
      const right = await rightAnswers(detector, model);
      let count = 0;
      let largest = 0;
      for (const [i, { name, bytes }] of files.entries()) {
        const url = `${system.url}/v1/models/${model}/jobs?${detector.parameters}`;
        const { status, body } = await postBytes(url, bytes, "application/octet-stream");
        assert.equal(status, 200, `${name}: ${body.detail}`);
        const got = answer.parse(body.output);
        const wanted = right[i];
        assert.ok(wanted !== undefined);
        assert.deepEqual(got.image, wanted.image, name);
        assert.equal(got.detections.length, wanted.detections.length, name);
        for (const [k, one] of wanted.detections.entries()) {
          const { off, score } = nearest(got.detections, one);
          assert.ok(off <= HALF_A_PIXEL, `${name}, ${k}: ${one.label} is ${off} pixels off`);
          assert.ok(Math.abs(score - one.score) <= SCORE, `${name}, ${k}: ${score}`);
          largest = Math.max(largest, off);
          count += 1;
        }
      }
      assert.ok(count > 2 * files.length, `only ${count} detections`);
      t.diagnostic(`${count} boxes, ${largest.toFixed(4)} pixels off at most`);
    });
  }

  it("finds the same face whichever way the camera was held", async () => {
    const url = `${system.url}/v1/models/nudenet/jobs?threshold=0.5`;
    const boxes: z.infer<typeof detection>["box"][] = [];
    for (const { bytes } of files.slice(0, 8)) {
      const { body } = await postBytes(url, bytes, "image/jpeg");
      const [face, ...others] = answer.parse(body.output).detections;
      assert.equal(face?.label, "FACE_FEMALE");
      assert.deepEqual(others, []);
      boxes.push(face.box);
    }
    const [first] = boxes;
    assert.ok(first !== undefined);
    // Where a camera is held otherwise, the same pixels are compressed otherwise.
    for (const one of boxes) assert.ok(distance(one, first) < 4, JSON.stringify(one));
  });
});

/** The detection of the same label whose box is nearest, and how far its farthest side is off. */
function nearest(
  detections: Answer["detections"],
  { label, box }: z.infer<typeof detection>,
): { readonly off: number; readonly score: number } {
  const same = detections.filter((one) => one.label === label);
  const offs = same.map((one) => ({ off: distance(one.box, box), score: one.score }));
  const [best = { off: Infinity, score: 0 }] = offs.toSorted((a, b) => a.off - b.off);
  return best;
}

function distance(a: z.infer<typeof detection>["box"], b: typeof a): number {
  const sides = ["xmin", "ymin", "xmax", "ymax"] as const;
  return Math.max(...sides.map((side) => Math.abs(a[side] - b[side])));
}
