/** Paths of streams that have no end of their own. */
export const ENDLESS: ReadonlySet<string> = new Set(["/v1/queue/events"]);

/** As much of an answer as comes until an end of lines; then it is hung up. */
export async function beginningOf(response: Response, end = "\n\n"): Promise<string> {
  let text = "";
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    if (text.endsWith(end)) break;
  }
  return text;
}
