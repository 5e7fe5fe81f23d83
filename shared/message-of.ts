/**
 * What an error says of itself, for a person or a runner's host: it may quote what was read. A log of
 * a gateway or worker takes `reasonOf` of `log.ts`.
 */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
