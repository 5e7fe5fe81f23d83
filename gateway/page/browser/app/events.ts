/** One of server-sent events. */
export interface ServerEvent {
  readonly event: string;
  readonly data: string;
}

/**
 * Server-sent events out of texts, wherever they were cut.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export async function* eventsOf(texts: AsyncIterable<string>): AsyncGenerator<ServerEvent> {
  let rest = "";
  for await (const text of texts) {
    const blocks = (rest + text).split("\n\n");
    rest = blocks.pop() ?? "";
    yield* blocks.map(eventIn).filter((event) => event.data !== "");
  }
}

function eventIn(block: string): ServerEvent {
  const fields = block.split("\n").map((line) => /^(\w*): ?(.*)$/.exec(line) ?? []);
  const of = (wanted: string): string[] =>
    fields.flatMap(([, name, value = ""]) => (name === wanted ? [value] : []));
  return { event: of("event").at(-1) ?? "message", data: of("data").join("\n") };
}
