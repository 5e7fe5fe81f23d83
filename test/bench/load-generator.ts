import { MODEL, readQuestions } from "./questions.ts";
import { requestBytes, runLoad, type Load } from "./closed-loop.ts";

/** A process of its own: takes one load at a time from its parent, and answers what came of it. */
const path = `/v1/models/${MODEL.name}/jobs`;
const questions = readQuestions();

process.on("message", (load: Load) => {
  const requests = questions.map(({ text }) => requestBytes(path, text, load.token));
  void runLoad(load, questions, requests).then((result) => process.send?.(result));
});
process.on("disconnect", () => process.exit(0));
