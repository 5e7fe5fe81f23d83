import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { importsOf } from "./support/imports.ts";
import { filesMatching, type SourceFile } from "./support/repository.ts";

/** Where a library may be imported, types included: everybody else works with our own words. */
const LIBRARIES: Readonly<Record<string, readonly string[]>> = {
  bullmq: ["shared/lane/"],
  ioredis: ["access", "batch", "lane", "pack", "job", "redis", "webhook"].map(
    (room) => `shared/${room}/`,
  ),
  hono: ["gateway/"],
  preact: ["gateway/page/browser/"],
  htm: ["gateway/page/browser/app/html.ts"],
  marked: ["gateway/page/browser/pieces/markdown.ts"],
  "@hono/node-server": ["gateway/"],
  "onnxruntime-node": ["worker/runner/"],
  sharp: ["worker/runner/"],
  tokenizers: ["worker/runner/tokens/"],
  "file-type": ["worker/runner/"],
  "prom-client": ["shared/metrics.ts"],
  "@opentelemetry": ["shared/tracing/otlp-tracer.ts", "shared/tracing/told-exporter.ts"],
  "@bufbuild/protobuf": ["cli/models/onnx/"],
  yaml: ["cli/azureml/", "cli/deploy/"],
  jose: ["gateway/access/"],
  "@fastify/busboy": ["gateway/http/form-parts.ts"],
};

/** Where a word of Node's that reaches beyond a function may stand. */
const WORDS: Readonly<Record<string, RegExp>> = {
  // Code that the page shows says it, too.
  "process.env": /^cli\/|(?:^|\/)main\.ts$|^gateway\/page\/browser\/call\/typescript\.ts$/,
  // Instants are Redis'; durations are the monotonic clock's.
  "Date.now":
    /^cli\/|^gateway\/page\/browser\/app\/clock\.ts$|^shared\/clock\.ts$|^shared\/redis\/redis-clock\.ts$/,
  systemClock: /^cli\/|^shared\/clock\.ts$/,
  // Only tests set the time.
  atTime: /^shared\/redis\/script\.ts$/,
  // A message may quote what a client sent: logs take reasonOf(error) of shared/log.ts.
  "error.message : String": /^shared\/message-of\.ts$/,
  messageOf: /^cli\/|^worker\/runner\/|^shared\/message-of\.ts$/,
  "process.on": /^cli\/|^shared\/(?:run-until-signal|signals)\.ts$|^worker\/runner\/main\.ts$/,
};

describe("fences of libraries and words", () => {
  it("are kept by every file", () => {
    const files = filesMatching(["{gateway,worker,shared,cli}/**/*.{ts,mjs}"]);
    assert.ok(files.length > 50, "the code was not found");
    assert.deepEqual(
      files.flatMap((file) => breaches(file)),
      [],
    );
  });

  const breaking: readonly (readonly [path: string, text: string])[] = [
    ["worker/score/heartbeat.ts", 'import type { Redis } from "ioredis";'],
    ["gateway/app.ts", 'const { Queue } = await import("bullmq");'],
    ["shared/log.ts", 'import { Hono } from "hono";'],
    ["worker/main.ts", 'import { getConnInfo } from "hono/conninfo";'],
    ["worker/score/slots.ts", 'import { Tensor } from "onnxruntime-node";'],
    ["gateway/jobs/json-body.ts", 'import sharp from "sharp";'],
    ["worker/runner/sessions.ts", 'import { Tokenizer } from "tokenizers";'],
    ["gateway/jobs/json-body.ts", 'import {\n  fileTypeFromBuffer,\n} from "file-type";'],
    ["gateway/config.ts", 'const x = process.env["X"];'],
    ["gateway/app.ts", "const reason = error instanceof Error ? error.message : String(error);"],
    ["worker/score/slots.ts", "const reason = messageOf(error);"],
    ["gateway/main.ts", 'process.on("SIGTERM", () => {});'],
    ["worker/score/heartbeat.ts", "const atMs = Date.now();"],
    ["worker/main.ts", "await redispatch(atTime(redis, 1000), queue);"],
  ];
  for (const [path, text] of breaking) {
    it(`would catch \`${text.replaceAll("\n", " ")}\` in ${path}`, () => {
      assert.equal(breaches({ path, text }).length, 1);
    });
  }
});

function breaches({ path, text }: SourceFile): string[] {
  const imports = importsOf(text).flatMap((name) => breachOfLibrary(path, name));
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
  const words = Object.entries(WORDS).flatMap(([word, allowed]) =>
    new RegExp(`\\b${word.replace(".", "\\.")}\\b`).test(code) && !allowed.test(path) ? [word] : [],
  );
  return [...imports, ...words].map((what) => `${path}: ${what}`);
}

function breachOfLibrary(path: string, name: string): string[] {
  const library = Object.keys(LIBRARIES).find((known) => `${name}/`.startsWith(`${known}/`));
  if (library === undefined) return [];
  return LIBRARIES[library]?.some((folder) => path.startsWith(folder)) === true ? [] : [name];
}
