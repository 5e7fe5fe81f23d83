import { ScoringError } from "../../shared/error.ts";
import type { PipelineContract } from "../../shared/model/pipelines/contract.ts";
import { formParts, type FormFile, type FormPart } from "../http/form-parts.ts";
import { checkCount } from "./json-body.ts";
import type { Intake, Submission } from "./submission.ts";

/**
 * One file is `input`, several are `inputs` in their order; the names of their parts do not matter.
 * Parts that are no files are parameters.
 *
 * @throws {ScoringError} `invalid_input`, naming the file at fault
 */
export async function submissionOfMultipart(
  body: Buffer,
  contentType: string,
  intake: Intake,
): Promise<Submission> {
  const { contract } = intake;
  const parts = await partsOf(body, contentType, intake);
  const files = parts.filter((part) => part.kind === "file");
  const fields = parts.filter((part) => part.kind === "field");
  if (files.length === 0) {
    throw new ScoringError("invalid_input", `The form contains no file. ${howToSend(contract)}`);
  }
  checkCount(files, intake, "");
  const rows = files.map(({ file }) => rowOfFile(file, contract));
  return {
    form: files.length === 1 ? "one" : "many",
    rows,
    names: files.map(({ name }) => name),
    parameters: Object.fromEntries(fields.map(({ name, text }) => [name, text])),
    parametersIn: "query",
    metadata: undefined,
    class: undefined,
    terms: {},
    // Clients make up another boundary at each try: the parts count, not the bytes around them.
    content: () => [
      ...rows,
      ...parts.flatMap((part) => [
        part.name,
        part.kind === "field" ? part.text : part.file.mediaType,
      ]),
    ],
  };
}

/** Parts that are no files: the parameters of a model. */
const FIELDS_MAX = 100;

/** The body is read in pieces, so that it is refused before a million parts of it are objects. */
const PIECE_BYTES = 65_536;

type NamedPart = FormPart & { readonly name: string };

/**
 * @throws {ScoringError} `invalid_input` for a body that is no form, has too many parts, or one without
 *   a name
 */
async function partsOf(
  body: Buffer,
  contentType: string,
  { model, rowsMax }: Intake,
): Promise<readonly NamedPart[]> {
  const most = rowsMax + FIELDS_MAX;
  const parts: NamedPart[] = [];
  const rules = {
    fileBytesMax: body.length,
    fieldBytesMax: body.length,
    takesUnnamedFiles: false,
  };
  for await (const { name, ...part } of formParts(piecesOf(body), contentType, rules)) {
    if (name === undefined) {
      throw new ScoringError("invalid_input", "A part of the form has no name.");
    }
    parts.push({ name, ...part });
    if (parts.length <= most) continue;
    const message = `The form has more than ${most} parts; a job of ${model} takes ${rowsMax} files and ${FIELDS_MAX} parameters.`;
    throw new ScoringError("invalid_input", message);
  }
  return parts;
}

async function* piecesOf(body: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < body.length; at += PIECE_BYTES) yield body.subarray(at, at + PIECE_BYTES);
}

function howToSend({ media }: PipelineContract): string {
  return media.includes("text/plain")
    ? "Send the text as a file part (-F a=@file.txt), as JSON, or as text/plain."
    : "Send each input as a file part (-F a=@file), or as JSON.";
}

function rowOfFile({ name = "", bytes }: FormFile, contract: PipelineContract): Buffer {
  try {
    return contract.rowOfBody(bytes);
  } catch (error) {
    if (!(error instanceof ScoringError)) throw error;
    throw new ScoringError(error.code, `File "${name}": ${error.message}`, { cause: error });
  }
}
