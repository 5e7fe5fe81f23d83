import { ScoringError } from "../../shared/error.ts";
import type { PipelineContract } from "../../shared/model/pipelines/contract.ts";
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
  refuseManyParts(body, contentType, intake);
  const parts = [...(await parseForm(body, contentType))];
  const files = parts.flatMap(([, value]) => (value instanceof File ? [value] : []));
  if (files.length === 0) {
    throw new ScoringError("invalid_input", `The form contains no file. ${howToSend(contract)}`);
  }
  checkCount(files, intake);
  const rows = await Promise.all(files.map(async (file) => rowOfFile(file, contract)));
  return {
    form: files.length === 1 ? "one" : "many",
    rows,
    parameters: Object.fromEntries(
      parts.flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : [])),
    ),
    parametersIn: "query",
    metadata: undefined,
    class: undefined,
    terms: {},
    // Clients make up another boundary at each try: the parts count, not the bytes around them.
    content: () => [
      ...rows,
      ...parts.flatMap(([name, value]) =>
        typeof value === "string" ? [name, value] : [name, value.type],
      ),
    ],
  };
}

/** Parts that are no files: the parameters of a model. */
const FIELDS_MAX = 100;

/**
 * Counts parts before they become objects, of which a body could hold a million.
 *
 * @throws {ScoringError} `invalid_input`
 */
function refuseManyParts(body: Buffer, contentType: string, { model, rowsMax }: Intake): void {
  const end = Buffer.from(`\r\n--${boundaryOf(contentType)}`);
  const most = rowsMax + FIELDS_MAX;
  let ends = 0;
  for (let at = body.indexOf(end); at >= 0; at = body.indexOf(end, at + end.length)) {
    ends += 1;
    if (ends <= most) continue;
    const message = `The form has more than ${most} parts; a job of ${model} takes ${rowsMax} files and ${FIELDS_MAX} parameters.`;
    throw new ScoringError("invalid_input", message);
  }
}

function boundaryOf(contentType: string): string {
  const [, after = ""] = contentType.split(/boundary=/i, 2);
  const [token = ""] = after.startsWith('"') ? after.slice(1).split('"') : after.split(";");
  return token.trim();
}

function howToSend({ media }: PipelineContract): string {
  return media.includes("text/plain")
    ? "Send the text as a file part (-F a=@file.txt), as JSON, or as text/plain."
    : "Send each input as a file part (-F a=@file), or as JSON.";
}

async function parseForm(body: Buffer, contentType: string): Promise<FormData> {
  try {
    const headers = { "content-type": contentType };
    return await new Response(new Uint8Array(body), { headers }).formData();
  } catch (cause) {
    throw new ScoringError("invalid_input", "The body is not a valid multipart form.", { cause });
  }
}

async function rowOfFile(file: File, contract: PipelineContract): Promise<Buffer> {
  try {
    return contract.rowOfBody(Buffer.from(await file.arrayBuffer()));
  } catch (error) {
    if (!(error instanceof ScoringError)) throw error;
    throw new ScoringError(error.code, `File "${file.name}": ${error.message}`, { cause: error });
  }
}
