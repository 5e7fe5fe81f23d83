import { createLocalJWKSet, errors, type JWTVerifyGetKey } from "jose";
import { z } from "zod";
import { ScoringError } from "../../shared/error.ts";
import type { Logger } from "../../shared/log.ts";
import { Every, type Service } from "../../shared/service.ts";

/** From one read to the next, in ms: how long a key may be good that the issuer has taken back. */
const REFRESH_MS = 300_000;
/** A key that is not known has the issuer asked at once, but not more often than this, in ms. */
const COOLDOWN_MS = 5000;
const ANSWER_MS = 5000;

const discoverySchema = z.looseObject({ issuer: z.string(), jwks_uri: z.url() });
const jwksSchema = z.looseObject({ keys: z.array(z.looseObject({ kty: z.string() })) });

interface Known {
  readonly text: string;
  readonly keyOf: JWTVerifyGetKey;
}

/**
 * The public keys of an issuer of users' tokens (OpenID Connect Discovery), read ahead of the requests
 * that need them.
 */
export class IssuerKeys implements Service {
  readonly name = "issuer keys";
  readonly #issuer: string;
  readonly #logger: Logger;
  readonly #stopping = new AbortController();
  readonly #every = new Every(REFRESH_MS, async () => this.#read());
  #known: Known | undefined;
  #edition = 0;
  #reading: Promise<void> | undefined;
  #readAtMs = -Infinity;

  constructor(issuer: string, logger: Logger) {
    this.#issuer = issuer;
    this.#logger = logger;
  }

  /** Changes with the keys. */
  get edition(): number {
    return this.#edition;
  }

  /** A gateway starts whether the issuer is there or not: keys work without it. */
  readonly start = async (): Promise<void> => {
    await this.#every.start(async () => void this.#read());
  };

  readonly stop = async (): Promise<void> => {
    this.#stopping.abort();
    await this.#every.stop();
    await this.#reading;
  };

  /**
   * The key that a token names.
   *
   * @throws {ScoringError} `service_unavailable` while no keys could be read
   * @throws {JWKSNoMatchingKey}
   */
  readonly keyOf: JWTVerifyGetKey = async (header, token) => {
    try {
      if (this.#known !== undefined) return await this.#known.keyOf(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
    }
    const mayAsk = performance.now() - this.#readAtMs > COOLDOWN_MS;
    await (this.#reading ?? (mayAsk ? this.#read() : undefined));
    if (this.#known !== undefined) return this.#known.keyOf(header, token);
    const message = "The keys of the issuer of users cannot be read at the moment.";
    throw new ScoringError("service_unavailable", message);
  };

  /** Never fails: what was read last stays. */
  async #read(): Promise<void> {
    this.#reading ??= this.#readNow()
      .catch((error: unknown) => {
        if (this.#stopping.signal.aborted) return;
        this.#logger.warn(
          { err: error, issuer: this.#issuer },
          "keys of the issuer cannot be read",
        );
      })
      .finally(() => (this.#reading = undefined));
    await this.#reading;
  }

  async #readNow(): Promise<void> {
    this.#readAtMs = performance.now();
    const base = this.#issuer.replace(/\/$/, "");
    const discovery = await this.#get(`${base}/.well-known/openid-configuration`);
    const { issuer, jwks_uri: jwksUrl } = discoverySchema.parse(JSON.parse(discovery));
    if (issuer !== this.#issuer) throw new Error("another issuer answers at this URL");
    const text = await this.#get(jwksUrl);
    if (text === this.#known?.text) return;
    const jwks = jwksSchema.parse(JSON.parse(text));
    this.#known = { text, keyOf: createLocalJWKSet(jwks) };
    this.#edition += 1;
    this.#logger.info({ issuer, keys: jwks.keys.length }, "keys of the issuer were read");
  }

  async #get(url: string): Promise<string> {
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(ANSWER_MS)]);
    const response = await fetch(url, { redirect: "error", signal });
    if (!response.ok) throw new Error(`the issuer answers ${response.status}`);
    return response.text();
  }
}
