import type { ErrorCode } from "../../../shared/error.ts";
import type { RequiredScope } from "../../access/authorise.ts";
import { ALWAYS, headers, type HeaderName } from "./headers.ts";
import type { Parameter } from "./parameters.ts";
import { named, type Answer } from "./parts.ts";
import { problemResponses } from "./problems.ts";

/** OpenAPI's Operation Object. */
export interface Operation {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, Answer>>;
  readonly parameters?: readonly Parameter[];
  readonly [member: string]: unknown;
}

export interface OperationParts {
  readonly tag: "Jobs" | "Batches" | "Models" | "Webhooks" | "Keys" | "Service";
  /** What the key must be allowed; undefined where nobody is asked for one. */
  readonly scope?: RequiredScope;
  /** Nobody is asked for a key, and who has none takes of the strangers' budget. */
  readonly isForStrangers?: boolean;
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: object;
  /** What it answers when all is well, by status. */
  readonly answers: Readonly<Record<number, Answer>>;
  /** Problems it may answer; `internal` is always among them. */
  readonly fails?: readonly ErrorCode[];
  /** It also answers what a job ended with: the headers beside such a problem. */
  readonly endings?: readonly HeaderName[];
}

/** @param operationId unique in the document */
export function operation(operationId: string, parts: OperationParts): Operation {
  const { tag, scope, isForStrangers = false, answers, fails = [], endings, ...rest } = parts;
  const refused = isForStrangers ? (["quota_exceeded"] as const) : refusals(scope);
  const problems = problemResponses([...fails, ...refused, "internal"], endings);
  return {
    operationId,
    tags: [tag],
    ...rest,
    security: scope === undefined ? [] : [{ key: scope === "any" ? [] : [scope] }],
    responses: withBudget(withHeaders({ ...answers, ...problems }, ALWAYS), scope),
  };
}

/** What the guard of a route answers. */
function refusals(scope: RequiredScope | undefined): readonly ErrorCode[] {
  return scope === undefined
    ? []
    : ["unauthenticated", "forbidden", "quota_exceeded", "service_unavailable"];
}

/**
 * Where a key is asked for, any answer may say what is left of its budget; of the strangers' only
 * the refusal does.
 */
function withBudget(
  responses: Readonly<Record<string, Answer>>,
  scope: RequiredScope | undefined,
): Record<string, Answer> {
  const { 429: refusal, ...others } = responses;
  const budget = ["RateLimit", "RateLimit-Policy"] as const;
  return {
    ...(scope === undefined ? others : withHeaders(others, budget)),
    ...(refusal === undefined ? {} : withHeaders({ 429: refusal }, budget)),
  };
}

/** The same answers, with more headers. */
export function withHeaders(
  responses: Readonly<Record<string, Answer>>,
  names: readonly HeaderName[],
): Record<string, Answer> {
  return Object.fromEntries(
    Object.entries(responses).map(([key, answer]) => [
      key,
      { ...answer, headers: { ...answer.headers, ...headers(names) } },
    ]),
  );
}

export interface AnswerParts {
  readonly schema: object;
  readonly headers?: readonly HeaderName[];
  /** By name. */
  readonly examples?: Readonly<Record<string, unknown>>;
}

/** A JSON answer. */
export function json(description: string, parts: AnswerParts): Answer {
  const { schema, examples } = parts;
  return {
    description,
    headers: headers(["Cache-Control", ...(parts.headers ?? [])]),
    content: {
      "application/json": {
        schema,
        ...(examples === undefined ? {} : { examples: named(examples) }),
      },
    },
  };
}
