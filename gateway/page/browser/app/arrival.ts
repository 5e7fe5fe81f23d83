/** What somebody comes to the page with, to be signed in: it stands behind the #, and is used once. */
export type Arrival =
  | { readonly from: "link"; readonly code: string }
  | { readonly from: "issuer"; readonly answer: IssuerAnswer };

/** What an issuer of users sends back (RFC 6749, RFC 9207), as far as we read it. */
export interface IssuerAnswer {
  readonly state: string;
  readonly code?: string | undefined;
  readonly iss?: string | undefined;
  readonly error?: string | undefined;
  readonly description?: string | undefined;
}

const LINK = /^#\/sign-in\/([^/]+)$/;

/** @param fragment of the page's address @returns undefined for an address of the page itself */
export function arrivalIn(fragment: string): Arrival | undefined {
  const [, code] = LINK.exec(fragment) ?? [];
  if (code !== undefined) return { from: "link", code };
  if (fragment.startsWith("#/")) return undefined;
  const said = new URLSearchParams(fragment.slice(1));
  const state = said.get("state");
  if (state === null || !(said.has("code") || said.has("error"))) return undefined;
  const of = (name: string): string | undefined => said.get(name) ?? undefined;
  const description = of("error_description");
  const answer = { state, code: of("code"), iss: of("iss"), error: of("error"), description };
  return { from: "issuer", answer };
}
