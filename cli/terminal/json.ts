import { messageOf } from "../../shared/message-of.ts";
import { CommandError } from "./command.ts";

/** @param label of the text, for people @throws {CommandError} for one that is no JSON */
export function jsonOf(text: string, label: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CommandError(`${label} is not JSON: ${messageOf(cause)}`, { cause });
  }
}

/** @returns undefined for a text that is no JSON */
export function jsonOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
