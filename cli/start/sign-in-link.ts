import { fstatSync } from "node:fs";
import { z } from "zod";

const ANSWER_MS = 30_000;

/** Of `POST /v1/sign-in-codes`. */
export const signInCodeSchema = z.looseObject({ code: z.string(), expires_at: z.string() });

/** The page's address with a code that signs in once. Browsers send what stands behind the # to nobody. */
export function signInLink(url: string, code: string): string {
  return `${url}/#/sign-in/${code}`;
}

/**
 * A link that signs in the holder of a key.
 *
 * @param url of a gateway that is ready @param token of the key
 * @returns undefined when the gateway makes none: that keeps nobody from starting
 */
export async function newSignInLink(url: string, token: string): Promise<string | undefined> {
  try {
    const response = await fetch(`${url}/v1/sign-in-codes`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    return signInLink(url, signInCodeSchema.parse(await response.json()).code);
  } catch {
    return undefined;
  }
}

/** Whether what is printed stays: a code must not stand in a file that outlives it. */
export function isFile(descriptor: number): boolean {
  return fstatSync(descriptor).isFile();
}
