import { signatureFault, type ReceivedMessage } from "../../shared/webhook/signature.ts";

const NEWLINE = 10;

/**
 * Why a message is not to be trusted, or undefined, and what would have fitted: two slips that
 * people make with a message at hand are its age, and a line break that an editor or `echo` added.
 */
export function explainedFault(
  secrets: readonly string[],
  received: ReceivedMessage & { readonly body: Buffer },
  nowSeconds: number,
): string | undefined {
  const fault = signatureFault(secrets, received, nowSeconds);
  if (fault === undefined) return undefined;
  const thenSeconds = Number(received.timestamp);
  const fits = (body: Uint8Array): boolean =>
    signatureFault(secrets, { ...received, body }, thenSeconds) === undefined;
  const { body } = received;
  if (fits(body)) return `${fault}. The signature itself matches`;
  if (body.at(-1) === NEWLINE && fits(body.subarray(0, -1))) {
    return `${fault}. It matches without the line break at the body's end`;
  }
  return fault;
}
