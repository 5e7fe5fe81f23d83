import assert from "node:assert/strict";
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { SignJWT } from "jose";
import { Provider } from "oidc-provider";
import { z } from "zod";
import { pageClientOf, RESOURCE, signInByBrowser, signInForm } from "./oidc-browser.ts";

const LIFE_SECONDS = 600;
export const AUDIENCE = "scoreline";
/** Of the page of a gateway: a client without a secret. */
export const PAGE_CLIENT = "scoreline-page";

const tokenSchema = z.object({ access_token: z.string() });

/** Whose a token is: a user's who signed in, or a program's. */
interface Subject {
  readonly accountId?: string;
  readonly clientId: string;
}

/** The claims that the issuer puts into a user's tokens, by user. */
type Users = Readonly<Record<string, object>>;

/** An OpenID Connect issuer on loopback: `oidc-provider`, with a key that the test knows as well. */
export class OidcIssuer implements AsyncDisposable {
  readonly url: string;
  readonly #server: Server;
  readonly #users: Users;
  #key: { readonly kid: string; readonly privateKey: KeyObject };
  #answer: RequestListener;
  /** Where the page is that its users sign in to. */
  #page: string | undefined;
  /** How often its public keys were asked for. */
  keysAsked = 0;

  private constructor(server: Server, port: number, users: Users) {
    this.url = `http://127.0.0.1:${port}`;
    this.#server = server;
    this.#users = users;
    this.#key = newKey();
    this.#answer = this.#provider();
    server.on("request", (request, response) => {
      if (request.url === "/jwks") this.keysAsked += 1;
      this.#answer(request, response);
    });
  }

  /** @param port 0 for any */
  static async start(users: Users, port = 0): Promise<OidcIssuer> {
    const server = createServer().listen(port, "127.0.0.1");
    await once(server, "listening");
    // It listens on TCP.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return new OidcIssuer(server, (server.address() as AddressInfo).port, users);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  /** A user's token, by the grant of client credentials. */
  async token(user: string): Promise<string> {
    const response = await fetch(`${this.url}/token`, {
      method: "POST",
      headers: { authorization: `Basic ${btoa(`${user}:secret`)}` },
      body: new URLSearchParams({ grant_type: "client_credentials" }),
    });
    const text = await response.text();
    assert.equal(response.status, 200, text);
    return tokenSchema.parse(JSON.parse(text)).access_token;
  }

  /** A token with its signature that it would not give: with other claims, or another head. */
  async sign(claims: Readonly<Record<string, unknown>>, head: object = {}): Promise<string> {
    const nowSeconds = Math.floor(Date.now() / 1000);
    const usual = { iss: this.url, aud: AUDIENCE, sub: "eve", exp: nowSeconds + LIFE_SECONDS };
    return new SignJWT({ ...usual, ...claims })
      .setProtectedHeader({ alg: "RS256", kid: this.#key.kid, ...head })
      .sign(this.#key.privateKey);
  }

  /** The public key that it tells, as PEM. */
  get publicPem(): string {
    const { privateKey } = this.#key;
    return privateKey.export({ type: "pkcs1", format: "pem" }).toString();
  }

  /** From now on its users can sign in to a page, in a browser. @param page its address, with the last `/` */
  letIn(page: string): void {
    this.#page = page;
    this.#answer = this.#provider();
  }

  get kid(): string {
    return this.#key.kid;
  }

  /** From now on it signs with another key, and tells no other. */
  rotate(): void {
    this.#key = newKey();
    this.#answer = this.#provider();
  }

  #provider(): RequestListener {
    const { kid, privateKey } = this.#key;
    const resource = {
      scope: "",
      audience: AUDIENCE,
      accessTokenFormat: "jwt",
      accessTokenTTL: LIFE_SECONDS,
      jwt: { sign: { alg: "RS256" } },
    };
    const programs = Object.keys(this.#users).map((user) => ({
      client_id: user,
      client_secret: "secret",
      grant_types: ["client_credentials"],
      redirect_uris: [],
      response_types: [],
    }));
    const pages = this.#page === undefined ? [] : [pageClientOf(PAGE_CLIENT, this.#page)];
    const provider = new Provider(this.url, {
      ...signInByBrowser,
      clients: [...programs, ...pages],
      jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), kid, alg: "RS256", use: "sig" }] },
      features: {
        devInteractions: { enabled: false },
        clientCredentials: { enabled: true },
        resourceIndicators: {
          enabled: true,
          defaultResource: () => RESOURCE,
          useGrantedResource: () => true,
          getResourceServerInfo: () => resource,
        },
      },
      ttl: { ClientCredentials: LIFE_SECONDS },
      extraTokenClaims: (_: unknown, { accountId, clientId }: Subject) =>
        this.#users[accountId ?? clientId],
    });
    return signInForm(provider, Object.keys(this.#users));
  }
}

let keys = 0;

function newKey() {
  keys += 1;
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { kid: `key-${keys}`, privateKey };
}
