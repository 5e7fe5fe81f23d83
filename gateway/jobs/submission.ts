import type { JobForm } from "../../shared/job/view.ts";
import type { RequestTrace } from "../../shared/trace.ts";
import type { PipelineContract } from "../../shared/model/pipelines/contract.ts";
import type { JobClass } from "../../shared/lane.ts";
import type { Terms } from "./terms.ts";
import type { WebhookRequest } from "../webhooks/webhook-member.ts";

/** A create request, whatever its body was: rows as the pipeline reads them, and how to run them. */
export interface Submission {
  readonly form: JobForm;
  /** 1..`max_batch_size` */
  readonly rows: readonly Buffer[];
  /** What the rows are called, where a form names its files. */
  readonly names?: readonly string[];
  /** Not yet checked against the manifest. */
  readonly parameters: unknown;
  /** Where they stood, for whoever has to mend them. */
  readonly parametersIn: "body" | "query";
  /** JSON text of an object. */
  readonly metadata: string | undefined;
  /** Undefined when nothing was asked for. */
  readonly class: JobClass | undefined;
  /** Undefined also where there is no place to say it: in bodies that are not JSON. */
  readonly webhook?: WebhookRequest | undefined;
  readonly terms: Terms;
  readonly idempotencyKey?: string | undefined;
  /** By what it is found again: what of it the client sent is kept with its job. */
  readonly trace?: RequestTrace | undefined;
  /** What makes two requests the same one, for whoever repeats it under an idempotency key. */
  readonly content: () => readonly (string | Buffer)[];
}

/** Of a request that names none. */
export const NO_PARAMETERS = Object.freeze({});

/** What the readers of bodies need to know of the model. */
export interface Intake {
  readonly model: string;
  readonly contract: PipelineContract;
  readonly rowsMax: number;
}
