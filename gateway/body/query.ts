import type { z } from "zod";
import { ScoringError } from "../../shared/error.ts";

/** @throws {ScoringError} `invalid_input`, `unknown_field`, naming each parameter at fault */
export function readQuery<T>(schema: z.ZodType<T>, given: Record<string, string>): T {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.flatMap((issue) =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map((key) => ({ detail: "is not known", parameter: key.slice(0, 100) }))
      : [{ detail: issue.message, parameter: issue.path.join(".") }],
  );
  const isUnknown = parsed.error.issues.some(({ code }) => code === "unrecognized_keys");
  const message = faults.map(({ parameter, detail }) => `?${parameter}= ${detail}`).join("; ");
  throw new ScoringError(isUnknown ? "unknown_field" : "invalid_input", message, { faults });
}

/** Where a listing goes on: behind this one, towards older ones. */
interface Place {
  readonly createdAtMs: number;
  readonly id: string;
}

/** Opaque to clients. */
export function cursorOf({ createdAtMs, id }: Place): string {
  return Buffer.from(`${createdAtMs}.${id}`).toString("base64url");
}

/** @param ids what is listed @throws {ScoringError} `invalid_input` when we did not make it */
export function placeOf(cursor: string, ids: RegExp): Place {
  const [ms = "", id = ""] = Buffer.from(cursor, "base64url").toString().split(".");
  if (/^\d{1,15}$/.test(ms) && ids.test(id)) return { createdAtMs: Number(ms), id };
  throw new ScoringError("invalid_input", "?cursor= is not one that a list gave.", {
    faults: [{ detail: "is not a cursor of this list", parameter: "cursor" }],
  });
}

/** The header that leads to the next page. */
export function nextLink(url: string, cursor: string | null): Record<string, string> {
  if (cursor === null) return {};
  const { pathname, searchParams } = new URL(url);
  searchParams.set("cursor", cursor);
  return { link: `<${pathname}?${searchParams.toString()}>; rel="next"` };
}
