/**
 * Holds the golden cases against an independent pipeline: sharp and onnxruntime-node, the pair the service runs on.
 *
 *     ORT_DISABLE_TELEMETRY=1 node parity.mjs
 *
 * Prints, per version, the largest difference in probability, what the neighbours in a batch change, and the speed of
 * both versions in turns. Exits with 1 when a case misses its tolerance. Needs `sharp` and `onnxruntime-node`.
 */

import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { InferenceSession, Tensor } from "onnxruntime-node";
import sharp from "sharp";

const MODEL = new URL("../", import.meta.url);
const VERSIONS = ["1", "2"];
const RESIZE = 256;
const CROP = 224;
const CLASSES = 1000;
const BATCH_SIZE = 4;
const SPEED_ROUNDS = 40;

/** Reads one JSON file of the model's folder. */
async function readJson(path) {
  return JSON.parse(await readFile(new URL(path, MODEL), "utf8"));
}

/** Opens one version on the CPU, one thread, all graph optimisations. */
function openSession(version) {
  const options = {
    graphOptimizationLevel: "all",
    intraOpNumThreads: 1,
    executionProviders: ["cpu"],
  };
  return InferenceSession.create(fileURLToPath(new URL(`${version}/model.onnx`, MODEL)), options);
}

/** The centre crop of a photograph: uint8, 224 x 224 x 3, height, width, RGB. */
async function centrePixels(photograph) {
  const { data, info } = await sharp(await readFile(photograph), { autoOrient: true })
    .flatten({ background: "#fff" })
    .toColourspace("srgb")
    .removeAlpha()
    .resize({ width: RESIZE, height: RESIZE, fit: "outside", kernel: "cubic" })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const left = Math.floor((info.width - CROP) / 2);
  const top = Math.floor((info.height - CROP) / 2);
  const region = { left, top, width: CROP, height: CROP };
  return sharp(data, { raw: info }).extract(region).raw().toBuffer();
}

/** Scores photographs' pixels as one batch; returns one Float32Array of 1,000 logits per photograph. */
async function score(session, batch) {
  const tensor = new Tensor("uint8", new Uint8Array(Buffer.concat(batch)), [
    batch.length,
    CROP,
    CROP,
    3,
  ]);
  const { logits } = await session.run({ image: tensor });
  return batch.map((_, row) => logits.data.slice(row * CLASSES, (row + 1) * CLASSES));
}

/** Softmax in float64. */
function softmax(logits) {
  const largest = Math.max(...logits);
  const powers = Array.from(logits, (logit) => Math.exp(logit - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

/** Compares one answer with its golden case, class by class and rank by rank. */
function compareCase(goldenCase, logits) {
  const probabilities = softmax(logits);
  const ranked = probabilities.toSorted((a, b) => b - a);
  const expected = goldenCase.output.predictions;
  const differences = expected.flatMap(({ index, probability }, rank) => [
    Math.abs(probabilities[index] - probability),
    Math.abs(ranked[rank] - probability),
  ]);
  const isTop1Equal = probabilities[expected[0].index] === ranked[0];
  return { name: goldenCase.name, difference: Math.max(...differences), isTop1Equal };
}

/** The largest difference of a photograph's logits between a batch of one and a full batch. */
async function batchDifference(session, pixels, alone) {
  const differences = [];
  for (let start = 0; start + BATCH_SIZE <= pixels.length; start += BATCH_SIZE) {
    const together = await score(session, pixels.slice(start, start + BATCH_SIZE));
    for (const [row, logits] of together.entries()) {
      differences.push(
        ...logits.map((logit, index) => Math.abs(logit - alone[start + row][index])),
      );
    }
  }
  return differences.reduce((largest, difference) => Math.max(largest, difference), 0);
}

/** Checks one version against its golden cases; returns whether every case keeps its tolerance. */
async function checkVersion(version, session) {
  const { tolerance, cases } = await readJson(`${version}/golden.json`);
  const photographs = cases.map(
    ({ input_file: path }) => new URL(path, new URL(`${version}/`, MODEL)),
  );
  const pixels = await Promise.all(photographs.map(centrePixels));
  const alone = [];
  for (const one of pixels) alone.push(...(await score(session, [one])));
  const results = cases.map((goldenCase, i) => compareCase(goldenCase, alone[i]));
  const worst = results.toSorted((a, b) => b.difference - a.difference)[0];
  const top1Equal = results.filter(({ isTop1Equal }) => isTop1Equal).length;
  console.log(`version ${version}: top-1 equal in ${top1Equal} of ${cases.length} cases`);
  const difference = worst.difference.toFixed(5);
  console.log(
    `  largest |Δ probability| ${difference} (${worst.name}), allowed ${tolerance.probability}`,
  );
  const neighbours = await batchDifference(session, pixels, alone);
  console.log(`  largest |Δ logit| alone and in a batch of ${BATCH_SIZE}: ${neighbours}`);
  return top1Equal === cases.length && worst.difference <= tolerance.probability;
}

/** Median images per second of every session, measured in turns so that noise falls on all alike. */
async function speeds(sessions, batchSize) {
  const batch = Array.from({ length: batchSize }, () => Buffer.alloc(CROP * CROP * 3, 127));
  const durationsMs = sessions.map(() => []);
  for (let round = 0; round < SPEED_ROUNDS; round += 1) {
    for (const [i, session] of sessions.entries()) {
      const startMs = performance.now();
      await score(session, batch);
      durationsMs[i].push(performance.now() - startMs);
    }
  }
  return durationsMs.map(
    (ms) => (1000 * batchSize) / ms.toSorted((a, b) => a - b)[SPEED_ROUNDS / 2],
  );
}

const sessions = await Promise.all(VERSIONS.map(openSession));
for (const [i, version] of VERSIONS.entries()) {
  if (!(await checkVersion(version, sessions[i]))) process.exitCode = 1;
}
for (const batchSize of [1, BATCH_SIZE]) {
  const [float32, int8] = await speeds(sessions, batchSize);
  const ratio = (int8 / float32).toFixed(2);
  console.log(
    `batch ${batchSize}: float32 ${float32.toFixed(0)}/s, int8 ${int8.toFixed(0)}/s, ratio ${ratio}`,
  );
}
