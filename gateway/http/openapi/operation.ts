import type { Context } from "hono";
import type { RequiredScope } from "../../../shared/access/key.ts";
import type { ErrorCode } from "../../../shared/error.ts";
import type { Registry } from "../../../shared/model/registry.ts";
import type { ProblemShape } from "../problem-shape.ts";
import { ALWAYS, headers, type HeaderName } from "./headers.ts";
import type { Parameter } from "./parameters.ts";
import { named, ref, type Answer, type Body } from "./parts.ts";
import { problemResponses } from "./problems.ts";

/** Answers a route. @param services what it touches, and no more */
export type Handler<S> = (c: Context, services: S) => Response | Promise<Response>;

/** What a route is, said once: `app.ts` mounts it, `/openapi.json` prints it, figures name it. */
export interface Operation<S> extends Description {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** As OpenAPI spells it: `/v1/jobs/{id}`. */
  readonly path: string;
  /** Its name is the operation's id. */
  readonly handler: Handler<S>;
}

export interface Description {
  /** One of the document's tags. */
  readonly tag: string;
  /**
   * The scope that the key must have; `open`: no key is required, and callers without a valid one
   * share the strangers' budget; `probe`: everyone is answered.
   */
  readonly scope: RequiredScope | "open" | "probe";
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: OfModels<readonly Parameter[]>;
  readonly body?: OfModels<Body>;
  /** What it answers when all is well, by status. */
  readonly answers: Readonly<Record<number, Answer>>;
  /** Problems it may answer; `internal` is always among them. */
  readonly fails?: readonly ErrorCode[];
  /** It also answers what a job ended with: the headers beside such a problem. */
  readonly endings?: readonly HeaderName[];
  /** How its problems look; by default, as problem documents. */
  readonly problems?: ProblemShape;
}

type Common = Pick<Description, "tag" | "scope">;
type Own = Omit<Description, keyof Common> & Partial<Common>;

/** Makes routes by their methods. @param common what they are alike in; a route may say otherwise */
export function routes(common: Common & Partial<Description>) {
  const withMethod =
    (method: Operation<never>["method"]) =>
    <S>(path: string, handler: Handler<S>, own: Own): Operation<S> => ({
      ...common,
      ...own,
      method,
      path,
      handler,
    });
  return {
    get: withMethod("GET"),
    post: withMethod("POST"),
    put: withMethod("PUT"),
    patch: withMethod("PATCH"),
    delete: withMethod("DELETE"),
  };
}

/** A function where it depends on the models. */
type OfModels<T> = T | ((registry: Registry) => T);

/** OpenAPI's Operation Object. */
export interface OperationObject {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, Answer>>;
  readonly parameters?: readonly Parameter[];
  readonly [member: string]: unknown;
}

/** The operation as OpenAPI writes it, for the models there are. */
export function operationObject(
  { handler, ...given }: Description & { readonly handler: { readonly name: string } },
  registry: Registry,
): OperationObject {
  const { tag, scope, summary, description, parameters: all, body, fails = [] } = given;
  const parameters = typeof all === "function" ? all(registry) : all;
  const requestBody = typeof body === "function" ? body(registry) : body;
  const isOpen = scope === "open" || scope === "probe";
  const codes = [...fails, ...refusals(scope), "internal"] as const;
  const problems = problemResponses(codes, given.endings, given.problems);
  const responses = withHeaders({ ...given.answers, ...problems }, ALWAYS);
  return {
    operationId: handler.name,
    tags: [tag],
    summary,
    ...(description && { description }),
    ...(parameters && { parameters }),
    ...(requestBody && { requestBody }),
    security: isOpen ? [] : [{ key: scope === "any" ? [] : [scope] }],
    responses: withBudget(responses, !isOpen),
  };
}

/** What the guard of a route answers. */
function refusals(scope: Description["scope"]): readonly ErrorCode[] {
  if (scope === "probe") return [];
  if (scope === "open") return ["quota_exceeded"];
  return ["unauthenticated", "forbidden", "quota_exceeded", "service_unavailable"];
}

/**
 * Where a key is asked for, any answer may say what is left of its budget; of the strangers' only
 * the refusal does.
 */
function withBudget(
  responses: Readonly<Record<string, Answer>>,
  isGuarded: boolean,
): Record<string, Answer> {
  const { 429: refusal, ...others } = responses;
  const budget = ["RateLimit", "RateLimit-Policy"] as const;
  return {
    ...(isGuarded ? withHeaders(others, budget) : others),
    ...(refusal && withHeaders({ 429: refusal }, budget)),
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

/** The answer of whoever has it already. @param names headers that it has as well */
export function unchanged(names: readonly HeaderName[]): Answer {
  const description = "Unchanged since the `ETag` in `If-None-Match`.";
  return { description, headers: headers(names) };
}

/** A JSON answer. @param schema its name, or one of its own @param examples by name */
export function json(
  description: string,
  schema: string | object,
  examples: Readonly<Record<string, unknown>>,
  more: readonly HeaderName[] = [],
): Answer {
  const shape = typeof schema === "string" ? ref(schema) : schema;
  const content = { "application/json": { schema: shape, examples: named(examples) } };
  return freshAnswer(description, content, more);
}

/** An answer of this moment. @param content by media types */
export function freshAnswer(
  description: string,
  content: object,
  more: readonly HeaderName[] = [],
): Answer {
  return { description, headers: headers(["Cache-Control", ...more]), content };
}

/** Answers that are the same for all, and need not be sent twice. @param types of the file */
export function fileAnswers(
  types: readonly string[],
  more: readonly HeaderName[] = [],
  schema: object = { type: "string" },
): Record<number, Answer> {
  const names = ["PageCacheControl", "PageETag", ...more] as const;
  const content = Object.fromEntries(types.map((type) => [type, { schema }]));
  return {
    200: { description: "The file.", headers: headers(names), content },
    304: unchanged(names),
  };
}

/** A course as server-sent events. @param stream an example */
export function streamAnswers(stream: string): Record<number, Answer> {
  return {
    200: freshAnswer("The stream.", eventStreamContent(stream), ["X-Accel-Buffering"]),
    204: { description: "`Last-Event-ID` was the end: nothing more follows." },
  };
}

/** The media type of server-sent events. @param stream an example */
export function eventStreamContent(stream: string): object {
  return { "text/event-stream": { schema: { type: "string" }, examples: named({ stream }) } };
}

/** A JSON body. @param schema its name @param examples by name */
export function jsonBody(schema: string, examples: Readonly<Record<string, unknown>>): Body {
  const content = { "application/json": { schema: ref(schema), examples: named(examples) } };
  return { required: true, content };
}
