import { answerOptions } from "../http/options.ts";
import { z } from "zod";
import { outputLines } from "../terminal/output.ts";
import { Gateway, problemText } from "../http/gateway.ts";
import { keyOption } from "../http/key.ts";
import { readJobInput, wrongInput } from "../score/job-input.ts";
import { CommandError, type Command } from "../terminal/command.ts";

const WAIT_SECONDS = 30;
/** Longer than the gateway waits, so that it is the one to say what became of the job. */
const ANSWER_MS = (WAIT_SECONDS + 15) * 1000;

const answerSchema = z.looseObject({
  id: z.string().optional(),
  status: z.union([z.string(), z.number()]),
  model: z.string().optional(),
  output: z.unknown().optional(),
  outputs: z.array(z.unknown()).nullish(),
  metrics: z.looseObject({ total_ms: z.number().optional() }).nullish(),
});

type Answer = z.infer<typeof answerSchema>;

/** `score`: one job, waited for. */
export const score: Command = {
  name: "score",
  usage: "FILE|TEXT --model NAME",
  summary: "Scores a file or a text with a running Scoreline.",
  about: `A .jpg, .png or .webp file goes in as an image, a .txt file as text, a .json
file as the job's input (a record, tensors); anything that is not a file is
treated as text.`,
  options: {
    "--model NAME": "name, or name@version",
    ...answerOptions,
  },
  examples: [
    "score photo.jpg --model image-classification",
    'score "how do i clone an array" --model faq-javascript',
    "score record.json --model wine --json",
  ],
  async run(given, shell) {
    const [what = ""] = given.words;
    const model = String(given.flags["model"]);
    const isJson = given.flags["json"] === true;
    const gateway = new Gateway(given, shell);
    const { type, body } = readJobInput(what);
    const path = `/v1/models/${encodeURIComponent(model)}/jobs`;
    const headers = { "content-type": type, prefer: `wait=${WAIT_SECONDS}` };
    const request = { path, method: "POST", headers, body, answerMs: ANSWER_MS };
    const response = await gateway.call(request);
    const text = await gateway.text(response);
    const answer = gateway.parse(text, answerSchema);
    const isDone = response.status === 200;
    if (isJson) shell.print(text.trimEnd());
    else if (isDone) for (const line of doneLines(answer)) shell.print(line);
    if (isDone || isJson) return isDone ? 0 : 1;
    if (response.status === 415) throw new CommandError(wrongInput(model, type));
    const { url } = gateway;
    throw new CommandError(whyNotDone(answer, url, keyOption(url, shell)));
  },
};

function doneLines({ model, metrics, output, outputs }: Answer): readonly string[] {
  const took = metrics?.total_ms === undefined ? "" : `, ${metrics.total_ms} ms`;
  const all = outputs ?? [output];
  return [`${model}${took}`, ...all.flatMap((one) => ["", ...outputLines(one)])];
}

/** @param key how curl sends one, or "" */
function whyNotDone(answer: Answer, url: string, key: string): string {
  const problem = problemText(answer);
  if (problem !== undefined) return problem;
  const { id, status } = answer;
  return `the job is ${status} after ${WAIT_SECONDS} s. Ask again:\n  curl -s ${key} ${url}/v1/jobs/${id}`;
}
