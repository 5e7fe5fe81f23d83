import { z } from "zod";

/** An origin as browsers send it, scheme, host and port; or `*` for every page there is. */
export const originSchema = z
  .string()
  .max(255)
  .refine(isOrigin, "must be * or an origin, such as https://shop.example");

function isOrigin(text: string): boolean {
  if (text === "*") return true;
  return URL.canParse(text) && new URL(text).origin === text;
}
