import { z } from "zod";
import { packageVersion } from "../../shared/version.ts";
import { jsonAnswer } from "../http/answers.ts";
import type { Handler } from "../http/openapi/operation.ts";

export interface VersionServices {
  /** Which build this is, when that is known. */
  readonly build: string | undefined;
  /** @returns undefined where a managed service hides it @throws while Redis does not answer */
  readonly redisVersion: () => Promise<string | undefined>;
}

/** What runs here. */
export const versionSchema = z.strictObject({
  object: z.literal("version"),
  version: z.string().describe("Of Scoreline."),
  build: z.string().nullable().describe("`SCORELINE_BUILD` of the gateway, such as a commit."),
  node: z.string(),
  redis: z.string().nullable().describe("Null while Redis does not answer or does not say."),
  onnxruntime: z.string().describe("Of ONNX Runtime, as this build installs it for workers."),
});

export type Version = z.infer<typeof versionSchema>;

/** `GET /v1/version` */
export const getVersion: Handler<VersionServices> = async (_c, { build, redisVersion }) => {
  const redis = await redisVersion().catch(() => undefined);
  const answer: Version = {
    object: "version",
    version: packageVersion(),
    build: build ?? null,
    node: process.versions.node,
    redis: redis ?? null,
    onnxruntime: onnxruntime(),
  };
  return jsonAnswer(answer);
};

/** What the lockfile installed, which stands for workers of the same build. */
function onnxruntime(): string {
  return packageVersion("onnxruntime-node");
}
