import type { JobForm } from "../../../shared/job/view.ts";
import type { PipelineContract } from "../../../shared/model/pipelines/contract.ts";
import type { Submission } from "../../jobs/submission.ts";

/** The rows that a request asks for. */
export type Rows = Pick<Submission, "form" | "rows" | "names"> & {
  /** Of each row. */
  readonly places: readonly Place[];
};

/**
 * Where in its request a client finds what is at fault.
 *
 * @param inner pointer within an input, as the model's input schema has it
 */
export type Place = (inner: string) => string;

/** What a pipeline's services look like from outside, where the reference architecture has one. */
export interface Kind {
  /** Parameters of requests that name none. */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Reads the member `input`, which is one input otherwise. @throws {ScoringError} `invalid_input` */
  readonly rowsOf?: (input: unknown, contract: PipelineContract) => Rows;
  /** What each row is called. @throws {ScoringError} `invalid_input` */
  readonly namesOf?: (rows: Pick<Rows, "form" | "rows" | "names">) => readonly string[];
  /** @param outputs of all rows */
  readonly answer: (outputs: readonly unknown[], asked: AskedRows) => unknown;
  /** Whether the answer ends with how long it took. */
  readonly isTimed: boolean;
  /** An answer, as JSON Schema with an example. */
  readonly schema: object;
}

export interface AskedRows {
  readonly form: JobForm;
  /** Of `namesOf`. */
  readonly names: readonly string[];
}
