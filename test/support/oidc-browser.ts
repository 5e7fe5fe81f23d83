import type { RequestListener } from "node:http";
import { text } from "node:stream/consumers";
import type { Provider } from "oidc-provider";

/** What tokens of users are for. */
export const RESOURCE = "urn:scoreline";

interface Grant {
  addOIDCScope(scope: string): void;
  addResourceScope(resource: string, scope: string): void;
  save(): Promise<string>;
}

interface Context {
  readonly oidc: {
    readonly client: { readonly clientId: string };
    readonly session: { readonly accountId: string };
    readonly provider: {
      readonly Grant: new (of: { readonly clientId: string; readonly accountId: string }) => Grant;
    };
  };
}

/** How people sign in at the issuer: by a form of its own, and nobody asks them for their consent. */
export const signInByBrowser = {
  cookies: { keys: ["of a test"] },
  clientBasedCORS: () => true,
  pkce: { required: () => true },
  findAccount: (_: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id }) }),
  interactions: {
    url: (_: unknown, { uid }: { readonly uid: string }) => `/interaction/${uid}`,
  },
  async loadExistingGrant({ oidc: { client, session, provider } }: Context): Promise<Grant> {
    const { clientId } = client;
    const grant = new provider.Grant({ clientId, accountId: session.accountId });
    grant.addOIDCScope("openid");
    grant.addResourceScope(RESOURCE, "");
    await grant.save();
    return grant;
  },
};

/** A page, which can keep no secret. @param redirect where people are sent back to */
export function pageClientOf(id: string, redirect: string): object {
  return {
    client_id: id,
    token_endpoint_auth_method: "none",
    redirect_uris: [redirect],
    grant_types: ["authorization_code"],
    response_types: ["code"],
  };
}

/** The issuer's answers, with a form for people: a button for each user. */
export function signInForm(provider: Provider, users: readonly string[]): RequestListener {
  const others = provider.callback();
  return (request, response) => {
    if (!request.url?.startsWith("/interaction/")) return others(request, response);
    if (request.method === "POST") {
      const finish = async (): Promise<void> => {
        const accountId = new URLSearchParams(await text(request)).get("user") ?? "";
        await provider.interactionFinished(request, response, { login: { accountId } });
      };
      void finish();
      return undefined;
    }
    const buttons = users.map(
      (user) => `<button name="user" value="${user}">I am ${user}</button>`,
    );
    response.writeHead(200, { "content-type": "text/html" });
    return response.end(`<title>Issuer</title><form method="post">${buttons.join("")}</form>`);
  };
}
