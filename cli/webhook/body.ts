import type { IncomingMessage } from "node:http";

/** The body as it came, or undefined when it is too long or broke off. */
export async function bodyWithin(
  request: IncomingMessage,
  bytesMax: number,
): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request) {
      if (!Buffer.isBuffer(chunk)) continue;
      bytes += chunk.length;
      // Read on, so that the sender hears the answer.
      if (bytes <= bytesMax) chunks.push(chunk);
    }
  } catch {
    return undefined;
  }
  return bytes <= bytesMax ? Buffer.concat(chunks) : undefined;
}
