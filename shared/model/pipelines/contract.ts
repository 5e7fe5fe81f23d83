import { z } from "zod";
import { ScoringError } from "../../error.ts";
import type { Path } from "../tensor/input-fault.ts";
import type { PlainJson } from "./plain-json.ts";

/** Most bytes of one row as a pipeline reads it: an image file, a text. */
export const ROW_BYTES_MAX = 16 * 1024 * 1024;

/** Several records as one object: the names of columns once, and a list of values per record. */
export interface Table {
  readonly columns: readonly string[];
  readonly data: readonly (readonly unknown[])[];
}

/** A `Table` for clients. */
export const tableJsonSchema = {
  type: "object",
  properties: {
    columns: { type: "array", items: { type: "string" } },
    data: { type: "array", items: { type: "array", items: {} } },
  },
  required: ["columns", "data"],
  additionalProperties: false,
} as const;

/** Stops at the first element that is none: a body may hold millions. */
export function isTable(value: unknown): value is Table {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  for (const name in value) if (name !== "columns" && name !== "data") return false;
  const { columns, data }: { columns?: unknown; data?: unknown } = value;
  return isListOf(columns, (it) => typeof it === "string") && isListOf(data, Array.isArray);
}

function isListOf(value: unknown, isOne: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isOne);
}

/** One member of an input that may also stand in a column of text, as in CSV. */
export interface TextColumn {
  readonly name: string;
  readonly type: "number" | "integer" | "boolean" | "string";
  /** A table without this column cannot be read. */
  readonly isRequired: boolean;
}

/** Reads inputs from JSON text as `input` would, or leaves them to that. */
export interface PlainRows {
  /** Of every row. */
  readonly rowBytes: number;
  /** @returns undefined when `input` is to look at it, from its beginning */
  read(json: PlainJson): Buffer | undefined;
}

/** What a client sends to a pipeline and gets from it: the same for gateway, worker and docs. */
export interface PipelineContract {
  /** One input as JSON. Parsing it gives the row: the bytes that the runner reads. */
  readonly input: z.ZodType<Buffer>;
  /** Where `inputs` may be a table: parsing it gives the rows. */
  readonly table?: z.ZodType<Buffer[]>;
  /** Where rows are numbers: reads inputs that are written as most are, at a tenth of the cost. */
  readonly plain?: PlainRows;
  /** Where inputs may come as CSV: all members of one. */
  readonly columns?: readonly TextColumn[];
  /** One output as JSON. */
  readonly output: z.ZodType;
  /** Where outputs may be given as CSV: where in one each column's value stands. */
  outputPaths?(): readonly Path[];
  /** `parameters`; parsing fills in defaults. */
  readonly parameters: z.ZodType<Record<string, unknown>>;
  /** Media types whose whole body is one row, e.g. `image/jpeg`; without any, JSON alone is taken. */
  readonly media: readonly string[];
  /**
   * Checks a body of one of `media` and returns its row.
   *
   * @throws {ScoringError} `invalid_input`, without a pointer
   */
  rowOfBody(body: Buffer): Buffer;
  /**
   * The input as JSON that a row was made of, as far as the model can tell: parsing it gives the row again.
   *
   * @throws when the bytes are no row of this model
   */
  inputOf(row: Buffer): unknown;
}

/** The members of a contract whose inputs are JSON and nothing else. */
export const jsonOnly = {
  media: [],
  rowOfBody: (): never => {
    throw new ScoringError("unsupported_media_type", "This model takes JSON only.");
  },
};

/** All media types of a create request; the files of a form are bodies of `media`. */
export function mediaTypesOf({ media }: PipelineContract): readonly string[] {
  return media.length === 0
    ? ["application/json"]
    : ["application/json", "multipart/form-data", ...media];
}
