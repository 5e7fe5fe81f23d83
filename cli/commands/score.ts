import { existsSync } from "node:fs";
import { z } from "zod";
import { pairsOf } from "../batch/options.ts";
import { Gateway, problemText } from "../http/gateway.ts";
import { curlKey } from "../../gateway/page/browser/call/curl.ts";
import { keySource } from "../http/key.ts";
import { answerOptions } from "../http/options.ts";
import { readJobInput, withParameters, wrongInput, type JobInput } from "../score/job-input.ts";
import { CommandError, UsageError, type Command, type Shell } from "../terminal/command.ts";
import { outputLines } from "../terminal/output.ts";

const WAIT_SECONDS = 30;
/** Longer than the gateway waits, so that it is the one to say what became of the job. */
const ANSWER_MS = (WAIT_SECONDS + 15) * 1000;
/** Jobs that are waited for at a time. */
const AT_ONCE = 8;

const answerSchema = z.looseObject({
  id: z.string().optional(),
  status: z.union([z.string(), z.number()]),
  model: z.string().optional(),
  output: z.unknown().optional(),
  outputs: z.array(z.unknown()).nullish(),
  metrics: z.looseObject({ total_ms: z.number().optional() }).nullish(),
});

type Answer = z.infer<typeof answerSchema>;

/** `score`: a job for each input, waited for. */
export const score: Command = {
  name: "score",
  usage: "FILE|TEXT... --model NAME",
  summary: "Scores files or a text with a running Scoreline.",
  about: `A .jpg, .png or .webp file goes in as an image, a .txt file as text, a .json
file as the job's input (a record, tensors); a single argument that is not a
file is treated as text. Each file is a job; the answers come in their order.`,
  options: {
    "--model NAME": "name, or name@version",
    "--param NAME=VALUE ...": "a parameter of the model; repeatable",
    ...answerOptions,
  },
  examples: [
    "score photo.jpg --model image-classification --param top_k=1",
    "score photos/*.jpg --model image-classification",
    'score "how do i clone an array" --model faq-javascript',
    "score record.json --model wine --json",
  ],
  async run(given, shell): Promise<number> {
    const model = String(given.flags["model"]);
    const isJson = given.flags["json"] === true;
    const gateway = new Gateway(given, shell);
    const inputs = inputsOf(given.words, given.lists["param"] ?? []);
    const isOne = inputs.length === 1;
    let failed = 0;
    for (let from = 0; from < inputs.length; from += AT_ONCE) {
      const some = inputs.slice(from, from + AT_ONCE);
      const all = await Promise.all(some.map(async (input) => ask(gateway, model, input)));
      for (const scored of all) {
        if (!scored.isDone) failed += 1;
        if (isJson) shell.print(scored.text.trimEnd());
        else if (scored.isDone) printDone(scored, isOne, shell);
        else tellWhy(whyNotDone(scored, model, gateway.url, shell), scored, isOne, shell);
      }
    }
    if (failed === 0) return 0;
    if (isJson) return 1;
    throw new CommandError(`${failed} of ${inputs.length} were not scored`);
  },
};

/** An input, and what came of it. */
interface Scored {
  readonly input: JobInput;
  readonly answer: Answer;
  /** As it came. */
  readonly text: string;
  readonly isDone: boolean;
  /** Whether the model takes no such thing. */
  readonly isOfWrongKind: boolean;
}

/** @throws {UsageError} when several are given, and one is no file: a text needs quotes */
function inputsOf(words: readonly string[], pairs: readonly string[]): readonly JobInput[] {
  const text = words.length === 1 ? undefined : words.find((word) => !existsSync(word));
  if (text !== undefined) {
    throw new UsageError(`"${text}" is not a file; a text goes alone, and in quotes`);
  }
  const parameters = pairsOf("param", pairs);
  return words.map((word) => withParameters(readJobInput(word), pairs, parameters));
}

async function ask(gateway: Gateway, model: string, input: JobInput): Promise<Scored> {
  const { type, body, query = "" } = input;
  const path = `/v1/models/${encodeURIComponent(model)}/jobs${query}`;
  const headers = { "content-type": type, prefer: `wait=${WAIT_SECONDS}` };
  const request = { path, method: "POST", headers, body, answerMs: ANSWER_MS };
  const response = await gateway.call(request);
  const text = await gateway.text(response);
  const answer = gateway.parse(text, answerSchema);
  const { status } = response;
  return { input, answer, text, isDone: status === 200, isOfWrongKind: status === 415 };
}

function printDone({ input, answer }: Scored, isOne: boolean, shell: Shell): void {
  const { model, metrics, output, outputs } = answer;
  const took = metrics?.total_ms === undefined ? "" : `, ${metrics.total_ms} ms`;
  const all = outputs ?? [output];
  if (!isOne) shell.print(`${input.name}:`);
  shell.print(`${model}${took}`);
  for (const line of all.flatMap((one) => ["", ...outputLines(one)])) shell.print(line);
  if (!isOne) shell.print("");
}

/** @throws {CommandError} when it was the only one */
function tellWhy(why: string, { input }: Scored, isOne: boolean, shell: Shell): void {
  if (isOne) throw new CommandError(why);
  shell.notes.write(`${input.name}: ${why}\n`);
}

function whyNotDone(scored: Scored, model: string, url: string, shell: Shell): string {
  const { input, answer, isOfWrongKind } = scored;
  if (isOfWrongKind) return wrongInput(model, input.type);
  const problem = problemText(answer);
  if (problem !== undefined) return problem;
  const { id, status } = answer;
  const key = curlKey(keySource(url, shell));
  return `the job is ${status} after ${WAIT_SECONDS} s. Ask again:\n  curl -s ${key} ${url}/v1/jobs/${id}`;
}
