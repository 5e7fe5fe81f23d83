import { decodeJwt, errors } from "jose";
import type { Clock } from "../../shared/clock.ts";
import { ScoringError } from "../../shared/error.ts";
import type { Caller } from "./caller.ts";
import { LastUsed } from "./last-used.ts";

const ENTRIES_MAX = 10_000;

/** Who comes with a signed token, once it is known to be good. */
export interface Holder {
  readonly expiresAtMs: number;
  /** As of now: at once where nothing has to be looked up. @throws {ScoringError} `unauthenticated` */
  readonly caller: () => Caller | Promise<Caller>;
}

/** Checks the tokens of one issuer. */
export interface Issuer {
  /** `iss` of its tokens. */
  readonly name: string;
  /** Changes when what it has verified is to be verified again. */
  readonly edition: number;
  /** @throws {ScoringError} `unauthenticated`, `service_unavailable`; of `jose` what it finds wrong */
  verify(text: string): Promise<Holder>;
}

interface Verified {
  readonly holder: Holder;
  readonly issuer: Issuer;
  readonly edition: number;
}

/** Three parts, of which the first is JSON. */
const SIGNED = /^eyJ[\w-]+\.[\w-]+\.[\w-]*$/;

export function isSigned(text: string): boolean {
  return SIGNED.test(text);
}

/** Signed tokens. One that was verified is remembered until it expires: the next request waits for nothing. */
export class SignedTokens {
  readonly #issuers: readonly Issuer[];
  readonly #clock: Clock;
  readonly #known = new LastUsed<Verified>(ENTRIES_MAX);

  constructor(issuers: readonly Issuer[], clock: Clock) {
    this.#issuers = issuers;
    this.#clock = clock;
  }

  /** @throws {ScoringError} `unauthenticated`, `service_unavailable` */
  identify(text: string): Caller | Promise<Caller> {
    const { holder, issuer, edition } = this.#known.get(text) ?? {};
    if (holder === undefined || issuer?.edition !== edition) return this.#verify(text);
    if (holder.expiresAtMs > this.#clock.now()) return holder.caller();
    this.#known.delete(text);
    throw expired();
  }

  async #verify(text: string): Promise<Caller> {
    try {
      const { iss } = decodeJwt(text);
      const issuer = this.#issuers.find(({ name }) => name === iss);
      if (issuer === undefined) throw refused("nobody that is trusted here has signed it");
      const { edition } = issuer;
      const holder = await issuer.verify(text);
      const caller = await holder.caller();
      this.#known.set(text, { holder, issuer, edition });
      return caller;
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw expired();
      if (error instanceof errors.JOSEError) throw refused(faultOf(error));
      throw error;
    }
  }
}

function faultOf(error: errors.JOSEError): string {
  if (error instanceof errors.JWTClaimValidationFailed) return `its ${error.claim} is not right`;
  if (error instanceof errors.JOSEAlgNotAllowed) return "its algorithm is not allowed";
  return "its signature does not verify";
}

function expired(): ScoringError {
  return new ScoringError("unauthenticated", "The token has expired.");
}

/** @param why in words that quote nothing of it */
export function refused(why: string): ScoringError {
  return new ScoringError("unauthenticated", `The token is refused: ${why}.`);
}
