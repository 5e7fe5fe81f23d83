import { readFileSync } from "node:fs";
import { buffer } from "node:stream/consumers";
import { secretFault } from "../../shared/webhook/secret.ts";
import { explainedFault } from "../webhook/explained-fault.ts";
import { CommandError, UsageError, type Command, type Shell } from "../terminal/command.ts";
import { messageOf } from "../../shared/message-of.ts";

/** `webhook verify`: is a message that was received what Scoreline sent? */
export const webhookVerify: Command = {
  name: "webhook verify",
  usage: "[FILE|-] --secret SECRET --id ID --timestamp TIME --signature TEXT",
  summary: "Checks the signature of a webhook that was received.",
  about: `FILE is the body, byte for byte; without it, or as -, it is read from stdin.
Exit code 0 if the signature is valid and the timestamp within 300 s of now,
else 1, with the reason.`,
  options: {
    "--secret SECRET": "whsec_...; several, separated by commas: one must match",
    "--id ID": "the header webhook-id",
    "--timestamp TIME": "the header webhook-timestamp",
    "--signature TEXT": "the header webhook-signature, quoted if it contains spaces",
    "--json": `{"valid": true} or {"valid": false, "fault": "..."}`,
  },
  examples: [
    'webhook verify --secret "$SECRET" --id evt_01m7z2a2 --timestamp 1764000000 --signature "v1,K5oZfzN95Z..." body.json',
    `printf '%s' "$BODY" | npx scoreline webhook verify --secret "$SECRET" --id "$ID" --timestamp "$TIMESTAMP" --signature "$SIGNATURE"`,
  ],
  async run({ words: [file = "-"], flags }, shell): Promise<number> {
    const text = (flag: string): string => String(flags[flag]);
    const secrets = readSecrets(text("secret"));
    const headers = { id: text("id"), timestamp: text("timestamp"), signature: text("signature") };
    const received = { ...headers, body: await readBody(file, shell) };
    const fault = explainedFault(secrets, received, Date.now() / 1000);
    if (flags["json"] === true) {
      shell.print(JSON.stringify({ valid: fault === undefined, ...(fault && { fault }) }));
      return fault === undefined ? 0 : 1;
    }
    if (fault !== undefined) throw new CommandError(fault);
    shell.print("valid");
    return 0;
  },
};

/** @throws {UsageError} naming what is wrong with one of them */
export function readSecrets(list: string): readonly string[] {
  const secrets = list.split(",").map((secret) => secret.trim());
  for (const secret of secrets) {
    const fault = secretFault(secret);
    if (fault !== undefined) throw new UsageError(`--secret: ${fault}`);
  }
  return secrets;
}

async function readBody(file: string, { input, notes }: Shell): Promise<Buffer> {
  if (file === "-") {
    if (input.isTTY) notes.write("reading the body from the terminal; Ctrl-D ends it\n");
    return buffer(input);
  }
  try {
    return readFileSync(file);
  } catch (error) {
    throw new CommandError(`${file} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}
