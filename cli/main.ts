import { ScoringError } from "../shared/error.ts";
import { errorText, withoutSecrets } from "../shared/log.ts";
import { StartError } from "../shared/start-error.ts";
import { isReaderGone } from "./batch/line-sink.ts";
import { dispatch } from "./dispatch.ts";
import { homeOf } from "./start/folders.ts";
import { CommandError, UsageError, type Shell } from "./terminal/command.ts";

const FAILED = 1;
const MISUSED = 2;

/** Errors whose message is all a person needs. */
const EXPLAINED = [CommandError, ScoringError, StartError];

// Without a listener a failed write would end the process; `onPrinted` reports it.
process.stdout.on("error", () => undefined);
let isUnwritten = false;
const exitCode = await main(process.argv.slice(2), {
  ...homeOf(process.env),
  print: (line) => void process.stdout.write(`${line}\n`, onPrinted),
  output: process.stdout,
  input: process.stdin,
  notes: process.stderr,
});
if (!isUnwritten) process.exitCode = exitCode;

/** `scoreline models list | head` may stop reading; a disk that is full must not go unseen. */
function onPrinted(error: Error | null | undefined): void {
  if (!error || isReaderGone(error) || isUnwritten) return;
  isUnwritten = true;
  process.exitCode = FAILED;
  process.stderr.write(`scoreline: cannot write stdout: ${error.message}\n`);
}

/** @returns the exit code: 0 done, 1 failed, 2 usage error */
async function main(words: readonly string[], shell: Shell): Promise<number> {
  try {
    return await dispatch(words, shell);
  } catch (error) {
    if (error instanceof UsageError) {
      shell.notes.write(`scoreline: ${error.message}\n`);
      return MISUSED;
    }
    if (!(error instanceof Error)) throw error;
    const isExplained = EXPLAINED.some((kind) => error instanceof kind);
    const text = isExplained ? withoutSecrets(error.message) : errorText(error);
    shell.notes.write(`scoreline: ${text}\n`);
    return FAILED;
  }
}
