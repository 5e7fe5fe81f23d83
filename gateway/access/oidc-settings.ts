import { z } from "zod";
import { TENANT_PATTERN } from "../../shared/access/key.ts";
import { ROLE_PATTERN } from "../../shared/access/roles.ts";

const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);

const issuer = z.url({ protocol: /^https?$/ }).refine((text) => {
  const { protocol, hostname } = new URL(text);
  return protocol === "https:" || LOOPBACK.has(hostname);
}, "is not https");

const names = z.string().transform((text) =>
  text
    .split(",")
    .map((name) => name.trim())
    .filter(Boolean),
);

/** `value=role`, or `role` where the claim's value is the role's name. */
const mappings = names.transform((all, context) =>
  all.map((text) => {
    const end = text.lastIndexOf("=");
    const role = text.slice(end + 1);
    if (!ROLE_PATTERN.test(role)) context.addIssue(`"${role}" is not the name of a role`);
    return { value: end === -1 ? text : text.slice(0, end), role };
  }),
);

/** Settings of a gateway that knows users by an issuer's tokens. */
export const oidcSettings = {
  OIDC_ISSUER: issuer.optional(),
  OIDC_AUDIENCE: names.optional(),
  OIDC_ROLES: mappings.optional(),
  OIDC_ROLE_CLAIM: z.string().default("roles"),
  OIDC_TENANT: z.string().regex(TENANT_PATTERN, "is not the name of a tenant").default("default"),
  OIDC_TENANT_CLAIM: z.string().optional(),
  OIDC_MODELS_CLAIM: z.string().optional(),
  OIDC_CLIENT_ID: z.string().min(1).optional(),
  OIDC_SCOPE: z.string().min(1).default("openid"),
  OIDC_SKEW_SECONDS: z.coerce.number().int().min(0).max(600).default(30),
};

type Given = z.infer<z.ZodObject<typeof oidcSettings>>;

/** How an issuer's tokens are read. */
export interface OidcTerms {
  readonly issuer: string;
  readonly audience: readonly string[];
  /** In order of precedence. */
  readonly roles: readonly { readonly value: string; readonly role: string }[];
  readonly roleClaim: string;
  /** Of all users, where no claim says it. */
  readonly tenant: string;
  readonly tenantClaim: string | undefined;
  readonly modelsClaim: string | undefined;
  readonly skewSeconds: number;
}

/** For the schema: what an issuer wants beside it. */
export function checkOidc(given: Given, context: z.RefinementCtx): void {
  if (given.OIDC_CLIENT_ID !== undefined && given.OIDC_ISSUER === undefined) {
    const message = "is of no use without OIDC_ISSUER";
    context.addIssue({ code: "custom", path: ["OIDC_CLIENT_ID"], message });
  }
  for (const name of ["OIDC_AUDIENCE", "OIDC_ROLES"] as const) {
    if (given.OIDC_ISSUER === undefined || (given[name] ?? []).length > 0) continue;
    context.addIssue({ code: "custom", path: [name], message: "OIDC_ISSUER goes with it" });
  }
}

/** @returns undefined where nobody comes with an issuer's token */
export function oidcTermsOf(given: Given): OidcTerms | undefined {
  if (given.OIDC_ISSUER === undefined) return undefined;
  return {
    issuer: given.OIDC_ISSUER,
    audience: given.OIDC_AUDIENCE ?? [],
    roles: given.OIDC_ROLES ?? [],
    roleClaim: given.OIDC_ROLE_CLAIM,
    tenant: given.OIDC_TENANT,
    tenantClaim: given.OIDC_TENANT_CLAIM,
    modelsClaim: given.OIDC_MODELS_CLAIM,
    skewSeconds: given.OIDC_SKEW_SECONDS,
  };
}

/** Where the page at `/` sends people. @returns undefined where it asks for keys alone */
export function pageIssuerOf(given: Given) {
  const { OIDC_ISSUER: url, OIDC_CLIENT_ID: clientId, OIDC_SCOPE: scope } = given;
  return url === undefined || clientId === undefined ? undefined : { url, clientId, scope };
}
