import type { LaneClass } from "../lane.ts";
import type { DeliveryStatus } from "../webhook/delivery.ts";
import type { JobLimits } from "./limits.ts";

export type JobStatus = (typeof jobStatuses)[number];
export type TerminalStatus = Exclude<JobStatus, "queued" | "running">;

export const jobStatuses = [
  "queued",
  "running",
  "succeeded",
  "failed",
  "canceled",
  "expired",
] as const;

export type JobForm = "one" | "many";

/** The endpoint that chose a job's model, and the variant that it chose. */
export interface Via {
  readonly endpoint: string;
  readonly variant: string;
  /** What of it is captured (`endpoint/capture.ts`); undefined: nothing. */
  readonly captured?: string | undefined;
  /** Figures do not name the endpoint: it says so. */
  readonly isUnnamed?: boolean;
}

/** In front of the variant; no name has it. */
const UNNAMED = "~";

/** Its variant, and whether figures name it, as one word. */
export function markedVariant({ variant, isUnnamed = false }: Via): string {
  return `${isUnnamed ? UNNAMED : ""}${variant}`;
}

/** @param marked of `markedVariant` */
export function variantIn(marked: string): Pick<Via, "variant" | "isUnnamed"> {
  if (!marked.startsWith(UNNAMED)) return { variant: marked };
  return { variant: marked.slice(UNNAMED.length), isUnnamed: true };
}

/** As packs have it. */
export function viaText(via: Via | undefined): string {
  if (via === undefined) return "";
  const { endpoint, captured } = via;
  return `${endpoint} ${markedVariant(via)}${captured === undefined ? "" : ` ${captured}`}`;
}

/** @param text of `viaText` */
export function viaOf(text: string | undefined): Via | undefined {
  const [endpoint, marked, captured] = (text ?? "").split(" ");
  if (endpoint === undefined || marked === undefined) return undefined;
  return { endpoint, ...variantIn(marked), ...(captured === undefined ? {} : { captured }) };
}

/** What figures of a job say of whom it came by. */
export function namesIn(via: Via | undefined): Pick<Via, "endpoint" | "variant"> {
  if (via === undefined || via.isUnnamed === true) return NO_ENDPOINT;
  const { endpoint, variant } = via;
  return { endpoint, variant };
}

/** In figures. */
export const NO_ENDPOINT = { endpoint: "", variant: "" };

/** What is read back. JSON texts stay text: they are spliced into answers, never re-made. */
export interface JobView {
  readonly id: string;
  readonly status: JobStatus;
  readonly model: string;
  readonly via: Via | undefined;
  readonly class: LaneClass;
  readonly attempt: number;
  readonly form: JobForm;
  readonly rows: number;
  readonly tenant: string;
  readonly metadata: string | undefined;
  /** Undefined also when it is large. */
  readonly output: string | undefined;
  /** An output that has a key of its own, and is to be read from it in pieces. */
  readonly largeOutput: LargeOutput | undefined;
  readonly error: string | undefined;
  readonly metrics: string | undefined;
  /** JSON texts of earlier attempts that were ended and retried, with commas between; see `retry.lua`. */
  readonly history: string | undefined;
  readonly limits: JobLimits | undefined;
  readonly createdAtMs: number;
  /** When this attempt was queued: `createdAtMs`, or the last retry. */
  readonly queuedAtMs: number;
  readonly startedAtMs: number | undefined;
  /** Jobs of its lane that were accepted before it and have not ended; undefined unless queued. */
  readonly ahead: number | undefined;
  readonly endedAtMs: number | undefined;
  /** Of what it asked to be called itself; undefined when it asked for nothing. */
  readonly webhook: WebhookState | undefined;
  /** What others are told to find it by; see `trace.ts`. */
  readonly trace?: string | undefined;
  readonly expiresAtMs: number | undefined;
}

/** A record whose job was deleted: it says so for a while, and nothing else. */
export const DELETED = "deleted";

/** How long it says so, in seconds. */
export const TOMBSTONE_SECONDS = 86_400;

/** There is no record, and it was not its time: it went with all that Redis held. */
export const LOST = "lost";

/** What comes of looking for one in Redis. */
export type Found = JobView | typeof DELETED | undefined;
export type Sought = Found | typeof LOST;

export interface LargeOutput {
  readonly key: string;
  readonly bytes: number;
}

/** How far the delivery of a job's end is. `skipped`: its end is not among the events it asked for. */
export interface WebhookState {
  readonly status: DeliveryStatus | "skipped";
  readonly attempts: number;
  readonly nextAttemptAtMs: number | undefined;
  readonly lastStatus: number | undefined;
}

export function isTerminal(status: JobStatus): status is TerminalStatus {
  return status !== "queued" && status !== "running";
}
