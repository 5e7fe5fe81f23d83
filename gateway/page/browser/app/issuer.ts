import type { IssuerAnswer } from "./arrival.ts";
import { keptInTab } from "./session.ts";

/** Who signs users in, as the gateway was told. */
export interface Issuer {
  readonly url: string;
  /** Of this page at the issuer: a public client, which has no secret. */
  readonly clientId: string;
  readonly scope: string;
}

interface Endpoints {
  readonly issuer: string;
  readonly authorization_endpoint: string;
  readonly token_endpoint: string;
}

/** What the page remembers while somebody is away at the issuer. */
interface Leaving {
  readonly state: string;
  readonly verifier: string;
  /** The fragment to come back to. */
  readonly back: string;
}

const leaving = keptInTab("scoreline-leaving");

/** What the gateway says of its issuer; undefined where the page has none. */
export function issuerOf(text: string | undefined): Issuer | undefined {
  // The gateway wrote it.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return text === undefined ? undefined : (JSON.parse(text) as Issuer);
}

/**
 * Goes to the issuer, by the authorization code flow with PKCE.
 *
 * @param back the fragment to come back to
 * @throws {Error} with words for the person
 * @see https://www.rfc-editor.org/rfc/rfc7636
 */
export async function leaveFor(issuer: Issuer, back: string): Promise<void> {
  if (!isSecureContext) throw new Error("That needs https: this page was opened by http.");
  const { authorization_endpoint: endpoint } = await endpointsOf(issuer);
  const [state, verifier] = [random(), random()];
  leaving.keep(JSON.stringify({ state, verifier, back } satisfies Leaving));
  const url = new URL(endpoint);
  const said = {
    response_type: "code",
    // In a query it would stand in the logs of what is in between.
    response_mode: "fragment",
    client_id: issuer.clientId,
    redirect_uri: ownAddress(),
    scope: issuer.scope,
    state,
    code_challenge: await challengeOf(verifier),
    code_challenge_method: "S256",
  };
  for (const [name, value] of Object.entries(said)) url.searchParams.set(name, value);
  location.assign(url.href);
}

/**
 * Takes what the issuer sent back for a token of the user's.
 *
 * @throws {Error} with words for the person
 */
export async function comeBack(
  issuer: Issuer,
  { state, code, iss, error, description }: IssuerAnswer,
): Promise<{ readonly token: string; readonly back: string }> {
  const known = leaving.read();
  leaving.forget();
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const left = known === undefined ? undefined : (JSON.parse(known) as Leaving);
  // Somebody else's answer would sign a person in as somebody else.
  if (left?.state !== state) throw new Error("This sign-in was not begun in this tab: begin anew.");
  if (error !== undefined) throw new Error(`${hostOf(issuer)} says: ${description ?? error}.`);
  if (iss !== undefined && iss !== issuer.url) throw new Error("Another issuer has answered.");
  const { token_endpoint: endpoint } = await endpointsOf(issuer);
  const body = new URLSearchParams({
    grant_type: "authorization_code",
    client_id: issuer.clientId,
    redirect_uri: ownAddress(),
    code: code ?? "",
    code_verifier: left.verifier,
  });
  const made = await asked<{ readonly access_token: string }>(issuer, endpoint, {
    method: "POST",
    body,
  });
  return { token: made.access_token, back: left.back };
}

/** What a person knows it by. */
export function hostOf({ url }: Issuer): string {
  return new URL(url).host;
}

async function endpointsOf(issuer: Issuer): Promise<Endpoints> {
  const url = `${issuer.url.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const found = await asked<Endpoints>(issuer, url);
  if (found.issuer !== issuer.url) throw new Error(`Another issuer answers at ${hostOf(issuer)}.`);
  return found;
}

async function asked<T>(issuer: Issuer, url: string, init: RequestInit = {}): Promise<T> {
  const response = await fetch(url, { ...init, credentials: "omit" }).catch(() => undefined);
  if (!response?.ok) {
    const why = response === undefined ? "does not answer" : `answers ${response.status}`;
    throw new Error(`${hostOf(issuer)} ${why}: try again, or sign in with a key.`);
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return (await response.json()) as T;
}

/** Where this page stands, without its fragment. */
function ownAddress(): string {
  return new URL(".", document.baseURI).href;
}

/** 256 random bits. */
function random(): string {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

async function challengeOf(verifier: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  return base64url(new Uint8Array(hash));
}

function base64url(bytes: Uint8Array): string {
  const text = btoa(String.fromCodePoint(...bytes));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
