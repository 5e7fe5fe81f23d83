import type { Context } from "hono";
import { ScoringError } from "../../shared/error.ts";
import { mediaTypesOf, type PipelineContract } from "../../shared/model/pipelines/contract.ts";
import type { BodyBudget } from "../http/body-budget.ts";
import { headerOf } from "../http/header.ts";
import { canonicalJson } from "../http/idempotency-key.ts";
import { submissionOfJson } from "./json-body.ts";
import { submissionOfMultipart } from "./multipart.ts";
import { numberOr } from "../http/query.ts";
import { mediaTypeIn, readBody, refuseCharset } from "../http/read-body.ts";
import { NO_PARAMETERS, type Intake, type Submission } from "./submission.ts";

/** Formats people send by their own names, and what to do about it. */
const KNOWN_BUT_REFUSED: Readonly<Record<string, string>> = {
  "image/heic": "HEIC images are not accepted; export the photo as JPEG",
  "image/heif": "HEIF images are not accepted; export the photo as JPEG",
  "image/avif": "AVIF images are not accepted; send JPEG, PNG or WebP",
  "image/gif": "GIF images are not accepted; send JPEG, PNG or WebP",
  "image/tiff": "TIFF images are not accepted; send JPEG, PNG or WebP",
  "image/svg+xml": "SVG images are not accepted; send JPEG, PNG or WebP",
  "application/x-www-form-urlencoded":
    "curl sends this type by default; add -H 'Content-Type: ...' with the body's own",
  "application/pdf": "PDF files are not accepted; send each page as JPEG, PNG or WebP",
};

/** Reads a body of JSON. */
export type ReadsJson = (body: Buffer, intake: Intake) => Submission;

/**
 * Reads a create request's body by its content type. Query parameters are the options of bodies
 * that are not JSON.
 *
 * @param ofJson what a dialect's JSON says is its own business
 * @throws {ScoringError} when the type is not one the model takes, or the body is at fault
 */
export async function readSubmission(
  c: Context,
  intake: Intake,
  bodies: BodyBudget,
  ofJson: ReadsJson = submissionOfJson,
): Promise<Submission> {
  const { contract, model } = intake;
  const contentType = headerOf(c, "content-type") ?? "";
  const given = mediaTypeIn(contentType);
  const mediaType = given === "image/jpg" ? "image/jpeg" : given; // a common slip, and no secret
  refuseCharset(contentType);
  const isJson = mediaType === "application/json" || mediaType.endsWith("+json");
  const isForm = mediaType === "multipart/form-data";
  const isTaken = isJson || mediaTypesOf(contract).includes(mediaType);
  if (!isTaken) throw unsupported(mediaType, contract, model);
  const body = await readBody(c, bodies);
  const options = queryOptions(c);
  if (isJson) {
    refuseQueryOptions(options);
    return ofJson(body, intake);
  }
  if (isForm) {
    const form = await submissionOfMultipart(body, contentType, intake);
    return {
      ...form,
      parameters: numbersOf({ ...Object(form.parameters), ...options }),
      content: () => [...form.content(), canonicalJson(options)],
    };
  }
  return {
    form: "one",
    rows: [contract.rowOfBody(body)],
    parameters: options === NO_OPTIONS ? NO_PARAMETERS : numbersOf(options),
    parametersIn: "query",
    metadata: undefined,
    class: undefined,
    terms: {},
    content: () => [body, mediaType, canonicalJson(options)],
  };
}

/** Query members that belong to the request itself, not to the model. */
const OWN_QUERY = new Set(["wait", "on_failure", "variant"]);

const NO_OPTIONS: Record<string, string> = Object.freeze({});

function queryOptions(c: Context): Record<string, string> {
  if (!c.req.url.includes("?")) return NO_OPTIONS;
  return Object.fromEntries(Object.entries(c.req.query()).filter(([name]) => !OWN_QUERY.has(name)));
}

/** @throws {ScoringError} `unknown_field`: options of a JSON body are its `parameters` */
function refuseQueryOptions(options: Record<string, string>): void {
  const [name] = Object.keys(options);
  if (name === undefined) return;
  throw new ScoringError("unknown_field", "With a JSON body, options go into `parameters`.", {
    faults: [{ detail: "belongs in `parameters`", parameter: name.slice(0, 100) }],
  });
}

function numbersOf(options: Record<string, string>): Record<string, number | string> {
  return Object.fromEntries(Object.entries(options).map(([name, text]) => [name, numberOr(text)]));
}

function unsupported(mediaType: string, contract: PipelineContract, model: string): ScoringError {
  const taken = mediaTypesOf(contract).join(", ");
  const refused = KNOWN_BUT_REFUSED[mediaType];
  const reason =
    refused ?? (mediaType === "" ? "`Content-Type` is missing" : `"${mediaType}" is not accepted`);
  return new ScoringError("unsupported_media_type", `${reason}. ${model} takes: ${taken}.`);
}
