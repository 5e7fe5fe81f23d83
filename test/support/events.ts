import { ask } from "./client.ts";

/** One server-sent event, or a comment (without a name). */
export interface ServerEvent {
  readonly id: string | undefined;
  readonly event: string | undefined;
  readonly data: unknown;
}

/** The events of a stream, as they come. Aborting `signal` hangs up. */
export async function* eventsOf(
  url: string,
  init: RequestInit = {},
): AsyncGenerator<ServerEvent, void> {
  const response = await ask(url, { signal: AbortSignal.timeout(300_000), ...init });
  if (response.status !== 200 || response.body === null) {
    throw new Error(`${url} answered ${response.status}`);
  }
  let rest = "";
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    rest += chunk;
    const blocks = rest.split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const event = parse(block);
      if (event !== undefined) yield event;
    }
  }
}

function parse(block: string): ServerEvent | undefined {
  const fields = new Map(
    block.split("\n").map((line) => {
      const colon = line.indexOf(": ");
      return [line.slice(0, colon), line.slice(colon + 2)];
    }),
  );
  const data = fields.get("data");
  if (data === undefined) return undefined;
  return { id: fields.get("id"), event: fields.get("event"), data: JSON.parse(data) };
}
