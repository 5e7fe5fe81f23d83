import type { ErrorCode } from "../../shared/error.ts";
import { headers, type HeaderName } from "./headers.ts";
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
  readonly tag: "Jobs" | "Models" | "Service";
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
  const { tag, answers, fails = [], endings, ...rest } = parts;
  const problems = problemResponses([...fails, "internal"], endings);
  return { operationId, tags: [tag], ...rest, responses: { ...answers, ...problems } };
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
