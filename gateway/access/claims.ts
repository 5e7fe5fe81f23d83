import { hash } from "node:crypto";
import { TENANT_PATTERN } from "../../shared/access/key.ts";
import { ScoringError } from "../../shared/error.ts";
import type { OidcTerms } from "./oidc-settings.ts";

const EVERYBODY = "*";
const ID_CHARACTERS = 26;

/** Whom an issuer's token is of, in our words. */
export interface User {
  /** `user_…`: the same for the same subject of the same issuer. */
  readonly id: string;
  readonly subject: string;
  readonly tenant: string;
  /** Name of the role whose rights they have. */
  readonly role: string;
  /** Those of the role's models that they may use; undefined for all of them. */
  readonly models: readonly string[] | undefined;
}

type Claims = Readonly<Record<string, unknown>>;

/** @param claims of a verified token @throws {ScoringError} `forbidden` when they say too little */
export function userIn(claims: Claims, terms: OidcTerms): User {
  const subject = String(claims["sub"]);
  const digest = hash("sha256", `${terms.issuer}\n${subject}`, "hex");
  return {
    id: `user_${digest.slice(0, ID_CHARACTERS)}`,
    subject,
    tenant: tenantIn(claims, terms),
    role: roleIn(claims, terms),
    models: terms.modelsClaim === undefined ? undefined : wordsAt(claims, terms.modelsClaim),
  };
}

function tenantIn(claims: Claims, { tenant, tenantClaim }: OidcTerms): string {
  if (tenantClaim === undefined) return tenant;
  const [said = ""] = wordsAt(claims, tenantClaim) ?? [];
  if (TENANT_PATTERN.test(said)) return said;
  throw new ScoringError("forbidden", `The claim ${tenantClaim} of the token names no tenant.`);
}

/** The first of the roles in order of precedence: two roles together would be more than either. */
function roleIn(claims: Claims, { roles, roleClaim }: OidcTerms): string {
  const said = wordsAt(claims, roleClaim) ?? [];
  const found = roles.find(({ value }) => value === EVERYBODY || said.includes(value));
  if (found !== undefined) return found.role;
  throw new ScoringError("forbidden", `The claim ${roleClaim} of the token gives no role here.`);
}

/**
 * Text as it is, or a list of texts.
 *
 * @param name of a claim, or, of one that is an object, with the name of its member behind a dot
 */
function wordsAt(claims: Claims, name: string): readonly string[] | undefined {
  const value = valueAt(claims, name);
  if (typeof value === "string") return [value];
  if (!Array.isArray(value)) return undefined;
  const all: readonly unknown[] = value;
  return all.filter((one) => typeof one === "string");
}

/** Some issuers want names that are URLs, with dots in them: the whole name goes first. */
function valueAt(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  const dot = name.indexOf(".");
  const inner = dot === -1 ? undefined : claims[name.slice(0, dot)];
  if (typeof inner !== "object" || inner === null) return undefined;
  return valueAt(Object.fromEntries(Object.entries(inner)), name.slice(dot + 1));
}
