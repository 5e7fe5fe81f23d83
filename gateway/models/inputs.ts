import { readFile, stat } from "node:fs/promises";
import { dirname, extname, resolve, sep } from "node:path";
import { z } from "zod";
import { ScoringError } from "../../shared/error.ts";
import { makingOnce } from "../../shared/making-once.ts";
import { usableGoldens, type GoldenCase } from "../../shared/model/golden.ts";
import { pipelineOf } from "../../shared/model/pipelines.ts";
import type { ModelVersion } from "../../shared/model/registry.ts";
import { callerOf } from "../access/caller.ts";
import { listSchema } from "../http/answer-schemas.ts";
import { jsonAnswer } from "../http/answers.ts";
import type { Handler } from "../http/openapi/operation.ts";
import { pathParameter } from "../http/openapi/parameters.ts";
import type { Planner } from "../routing/planner.ts";

/** More than anybody looks through. */
const EXAMPLES_MAX = 24;

const exampleSchema = z.strictObject({
  name: z.string(),
  input: z.unknown().describe("What goes into `input`; null where the input is a file."),
  file: z
    .strictObject({ url: z.string(), media_type: z.string(), bytes: z.int().min(0) })
    .nullable()
    .describe("What goes into the body as it is."),
  parameters: z.record(z.string(), z.unknown()),
  output: z.unknown().describe("What the version is known to give for it; null: not known."),
  expected: z.unknown().describe("What is right for it; null: not known."),
  made_up: z.boolean().describe("Of the right shape, and without a meaning."),
});

/** Inputs to try a version with. */
export const exampleListSchema = listSchema(exampleSchema);

type Example = z.infer<typeof exampleSchema>;
export type ExampleList = z.infer<typeof exampleListSchema>;

interface Services {
  readonly planner: Planner;
}

/** `GET /v1/models/{model}/examples`: the first of a version's goldens, or else one that is made up. */
export const listExamples: Handler<Services> = async (c, { planner }) => {
  const version = planner.versionOf(callerOf(c), c.req.param("model") ?? "");
  const found = await Promise.all(casesOf(version).map(async (it) => shown(version, it)));
  const known = found.filter((example) => example !== undefined);
  const data = known.length > 0 ? known : madeUp(version);
  return jsonAnswer({ object: "list", data } satisfies ExampleList);
};

/** `GET /v1/models/{model}/examples/{name}`: the file of an example that is one. */
export const getExampleFile: Handler<Services> = async (c, { planner }) => {
  const version = planner.versionOf(callerOf(c), c.req.param("model") ?? "");
  const name = c.req.param("name") ?? "";
  const golden = casesOf(version).find((it) => it.name === name);
  const path = golden && pathOf(version, golden.input_file);
  const none = `${version.id} has no example of that name that is a file.`;
  if (path === undefined) throw new ScoringError("not_found", none);
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new ScoringError("not_found", none, { cause });
  });
  return new Response(new Uint8Array(bytes), {
    headers: { "content-type": mediaTypeOf(path), "cache-control": "no-store" },
  });
};

/** Of a version's goldens those that are shown, read once. */
const casesOf = makingOnce(({ folder }: ModelVersion): readonly GoldenCase[] =>
  usableGoldens(folder).slice(0, EXAMPLES_MAX),
);

/** @returns undefined where its file is not there: images of containers leave photographs out */
async function shown(version: ModelVersion, golden: GoldenCase): Promise<Example | undefined> {
  const { name, input = null, input_file: file, parameters, output, expected = null } = golden;
  const common = { name, parameters, output, expected, made_up: false };
  if (file === undefined) return { ...common, input, file: null };
  const path = pathOf(version, file);
  const size = path === undefined ? undefined : (await stat(path).catch(() => undefined))?.size;
  if (path === undefined || size === undefined) return undefined;
  const url = `/v1/models/${version.id}/examples/${encodeURIComponent(name)}`;
  return { ...common, input: null, file: { url, media_type: mediaTypeOf(path), bytes: size } };
}

/** @returns undefined for what is not in the model's own folder */
function pathOf({ folder }: ModelVersion, file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  const path = resolve(folder, file);
  return path.startsWith(dirname(resolve(folder)) + sep) ? path : undefined;
}

function madeUp({ manifest }: ModelVersion): Example[] {
  const { pipeline } = manifest;
  const input = pipelineOf(pipeline).example?.(pipeline, manifest);
  if (input === undefined) return [];
  return [
    {
      name: "made up",
      input,
      file: null,
      parameters: {},
      output: null,
      expected: null,
      made_up: true,
    },
  ];
}

const TYPES: Readonly<Record<string, string>> = {
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".png": "image/png",
  ".webp": "image/webp",
};

function mediaTypeOf(path: string): string {
  return TYPES[extname(path).toLowerCase()] ?? "application/octet-stream";
}

/** As the reference shows them. */
export const shownExamples = {
  object: "list",
  data: [
    {
      name: "espresso",
      input: null,
      file: {
        url: "/v1/models/image-classification@2/examples/espresso",
        media_type: "image/jpeg",
        bytes: 71_303,
      },
      parameters: { top_k: 1 },
      output: { predictions: [{ label: "espresso", index: 967, probability: 0.952 }] },
      expected: null,
      made_up: false,
    },
  ],
} satisfies ExampleList;

/** `{name}` in a path. */
export const exampleName = pathParameter("name", "Its `name` in the list.", "espresso");

/** What a file of an example may be, as the reference says it. */
export const fileContent = Object.fromEntries(
  [...new Set(Object.values(TYPES)), "application/octet-stream"].map((type) => [
    type,
    { schema: { type: "string", format: "binary" } },
  ]),
);
