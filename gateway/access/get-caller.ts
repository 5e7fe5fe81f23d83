import { z } from "zod";
import { scopes } from "../../shared/access/key.ts";
import { grants } from "../../shared/access/rights.ts";
import { jobClasses } from "../../shared/lane.ts";
import { jsonAnswer } from "../http/answers.ts";
import type { Handler } from "../http/openapi/operation.ts";
import { callerOf } from "./caller.ts";

/** Who calls, and what they may do. */
export const callerSchema = z.strictObject({
  object: z.literal("caller"),
  kind: z
    .enum(["key", "token", "user", "anybody"])
    .describe("What the request came with; `anybody`: no key is required (`AUTH=off`)."),
  id: z.string().nullable().describe("`key_…`, also of an access token, or `user_…`."),
  tenant: z.string(),
  scopes: z.array(z.enum(scopes)).describe("Each that the caller has, also by another."),
  models: z.array(z.string()).nullable().describe("Null for all."),
  priority_ceiling: z.enum(jobClasses),
});

export type CallerJson = z.infer<typeof callerSchema>;

/** `GET /v1/caller` */
export const getCaller: Handler<object> = (c) => {
  const caller = callerOf(c);
  const { kind, keyId, tenant, models, ceiling } = caller;
  const answer: CallerJson = {
    object: "caller",
    kind: keyId === undefined ? "anybody" : kind,
    id: keyId ?? null,
    tenant,
    scopes: scopes.filter((scope) => grants(caller, scope)),
    models: models === undefined ? null : [...models],
    priority_ceiling: ceiling,
  };
  return jsonAnswer(answer);
};

export const callerExample = {
  object: "caller",
  kind: "key",
  id: "key_01m7z2a28nec097t69kvhhq4z1",
  tenant: "default",
  scopes: ["jobs:write", "jobs:read"],
  models: ["faq-javascript"],
  priority_ceiling: "interactive",
} satisfies CallerJson;
