import { shown, type Fault } from "./fault.ts";

/**
 * The one table of errors: what can go wrong, the HTTP status it answers with, and whether trying
 * the same request again can help. `docs/errors.md` shows it; a test holds the two together.
 */
const TABLE = {
  bad_request: [400, "The request is not valid HTTP", false],
  invalid_json: [400, "The body is not valid JSON", false],
  unauthenticated: [401, "A valid key is required", false],
  forbidden: [403, "The key does not allow this", false],
  not_found: [404, "Not found", false],
  method_not_allowed: [405, "Method not allowed", false],
  not_acceptable: [406, "Not available in this format", false],
  batch_ended: [409, "The batch has already ended", false],
  batch_not_ended: [409, "The batch has not ended", false],
  batch_not_open: [409, "The batch no longer accepts items", false],
  batch_not_replayable: [409, "The batch cannot be replayed", false],
  batch_not_retryable: [409, "The batch has nothing to retry", false],
  canceled: [409, "Canceled", false],
  items_out_of_place: [409, "The batch expects a different item next", false],
  job_not_cancelable: [409, "The job has already ended", false],
  job_not_ended: [409, "The job has not ended", false],
  job_not_retryable: [409, "The job cannot be retried", false],
  last_admin_key: [409, "The last admin key cannot be revoked", false],
  endpoints_full: [409, "Too many endpoints", false],
  endpoint_disabled: [409, "The webhook endpoint is disabled", false],
  endpoint_limit: [409, "Too many webhook endpoints", false],
  secret_limit: [409, "Too many signing secrets are active", false],
  gone_deleted: [410, "Deleted", false],
  gone_expired: [410, "Expired", false],
  model_archived: [410, "The model version is archived", false],
  lost: [410, "Lost when the service lost its data", false],
  precondition_failed: [412, "It has changed since you read it", false],
  payload_too_large: [413, "The payload is too large", false],
  unsupported_media_type: [415, "Unsupported media type", false],
  idempotency_key_reused: [422, "The idempotency key was used for a different request", false],
  invalid_input: [422, "The input is not valid", false],
  too_many_failed: [422, "Too many items of the batch failed", false],
  unknown_field: [422, "The request has an unknown field", false],
  webhook_url_rejected: [422, "Webhooks are not sent to this URL", false],
  quota_exceeded: [429, "Quota exceeded", true],
  internal: [500, "Something went wrong on our side", true],
  model_error: [502, "The model failed on this input", false],
  model_crash: [502, "The model crashed on this input", false],
  poisoned: [502, "The job crashed its worker too many times", false],
  result_too_large: [502, "The model's output is too large", false],
  worker_lost: [502, "The job's workers were lost", true],
  acceptance_unknown: [503, "The job may or may not have been accepted", true],
  model_unavailable: [503, "The model cannot be loaded", true],
  queue_paused: [503, "The model's queue is paused", true],
  queue_too_long: [503, "The queue is longer than the endpoint allows", true],
  queue_full: [503, "The model's queue is full", true],
  service_unavailable: [503, "The service cannot accept jobs right now", true],
  attempt_timeout: [504, "The model took too long on this input", false],
  deadline_exceeded: [504, "Did not finish before its deadline", false],
  start_timeout: [504, "No worker started the job in time", true],
  wait_exceeded: [504, "The job did not end within the wait", false],
} as const satisfies Record<string, readonly [status: number, title: string, retryable: boolean]>;

export type ErrorCode = keyof typeof TABLE;

export interface ErrorKind {
  /** HTTP status. */
  readonly status: number;
  readonly title: string;
  readonly retryable: boolean;
}

/** A problem document (RFC 9457) with our extension members. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly errors?: readonly Fault[];
  readonly [extension: string]: unknown;
}

// Object.keys forgets the type of the keys it lists.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
export const errorCodes = Object.keys(TABLE) as readonly ErrorCode[];

export function errorKind(code: ErrorCode): ErrorKind {
  const [status, title, retryable] = TABLE[code];
  return { status, title, retryable };
}

export interface ScoringErrorOptions {
  readonly faults?: readonly Fault[];
  /** Faults that were found beyond those of the list. */
  readonly unlisted?: number;
  /** Extra members of the problem document. */
  readonly members?: Readonly<Record<string, unknown>>;
  /** For logs only, never shown to clients. */
  readonly cause?: unknown;
}

/** A failure with a code of the table. `message` is safe for clients; `cause` is for logs. */
export class ScoringError extends Error {
  readonly code: ErrorCode;
  readonly faults: readonly Fault[];
  readonly unlisted: number;
  readonly members: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: ScoringErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "ScoringError";
    this.code = code;
    this.faults = options.faults ?? [];
    this.unlisted = options.unlisted ?? 0;
    this.members = options.members ?? {};
  }
}

/** One fault, pointed at. */
export function fault(code: ErrorCode, pointer: string, detail: string): ScoringError {
  return new ScoringError(code, pointer === "" ? detail : `${pointer}: ${detail}`, {
    faults: [{ detail, pointer }],
  });
}

/** A member of the query, or a header, that is not as it must be. @param message for people, whole */
export function badParameter(parameter: string, message: string, detail: string): ScoringError {
  return new ScoringError("invalid_input", message, { faults: [{ detail, parameter }] });
}

/**
 * The problem document of any error, of bounded size; one that is not ours is `internal` and tells
 * nothing.
 */
export function toProblem(error: unknown): Problem {
  const known =
    error instanceof ScoringError
      ? error
      : new ScoringError("internal", "An unexpected error was logged; please report it.");
  const { status, title, retryable } = errorKind(known.code);
  const { detail, faults } = shown(known.message, known.faults, known.unlisted);
  return {
    type: problemType(known.code),
    title,
    status,
    detail,
    code: known.code,
    retryable,
    ...(faults.length > 0 ? { errors: faults } : {}),
    ...known.members,
  };
}

const REGISTRY = "https://iana.org/assignments/http-problem-types";

const REGISTERED: Partial<Record<ErrorCode, string>> = {
  queue_full: `${REGISTRY}#temporary-reduced-capacity`,
  service_unavailable: `${REGISTRY}#temporary-reduced-capacity`,
  quota_exceeded: `${REGISTRY}#quota-exceeded`,
};

/**
 * Problem types are relative references into the documentation that every gateway serves, but for
 * the two that are registered.
 * @see https://www.iana.org/assignments/http-problem-types
 */
function problemType(code: ErrorCode): string {
  return REGISTERED[code] ?? `/docs/errors#${code}`;
}
