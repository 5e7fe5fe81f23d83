import { z } from "zod";
import { jsonOrNothing } from "../terminal/json.ts";
import { cut, LINE, wrap } from "../terminal/table.ts";

const LINES_MAX = 40;

/** A request that `webhook listen` took. */
export interface Heard {
  readonly id: string;
  readonly timestamp: string;
  readonly body: string;
  /** Undefined when there is no secret to verify with. */
  readonly isVerified: boolean | undefined;
  readonly fault: string | undefined;
  /** How often the id has come: 1, and more when it comes again. */
  readonly count: number;
}

const eventSchema = z.looseObject({ type: z.string() });

/** What came, for people: at most 80 columns and 40 lines of the event. */
export function eventLines({ id, body, isVerified, fault, count }: Heard): readonly string[] {
  const event = jsonOrNothing(body);
  const type = eventSchema.safeParse(event).data?.type ?? "no event";
  const verdict = { true: "verified", false: "REFUSED", undefined: "not verified" };
  const again = count > 1 ? `, again: ${count} times so far` : "";
  const lines = event === undefined ? wrap(body) : JSON.stringify(event, null, 2).split("\n");
  const rest = lines.length - LINES_MAX;
  const below = [
    ...(id === "" ? [] : [id]),
    ...(fault === undefined ? [] : wrap(fault, LINE - 2)),
    ...lines.slice(0, LINES_MAX),
    ...(rest > 0 ? [`… and ${rest} lines more; --json prints all`] : []),
  ];
  return [
    cut(printable(`${type}  ${verdict[`${isVerified}`]}${again}`), LINE),
    ...below.map((line) => cut(printable(`  ${line}`), LINE)),
    "",
  ];
}

/** Anybody on this machine may send; what they send must not steer the terminal. */
function printable(line: string): string {
  return line.replaceAll(/\p{Cc}/gu, "�");
}
