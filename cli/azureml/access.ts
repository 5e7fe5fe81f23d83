import type { Counterparts } from "./counterpart.ts";

const NEW_SECRETS =
  "secrets are made here and not taken over: npx scoreline keys create gives a primary and a " +
  "secondary one";
const INGRESS = "the Ingress in front of the gateways ends TLS: docs/kubernetes.md";
const HOST = "the host in the Ingress in front of the gateways";

/** Who may call, and under which address. */
export const access = {
  authEnabled: (isOn, { config }) => {
    if (isOn) return { endpoint: { auth: "keys" } };
    return config.tokenAuthEnabled === true
      ? {}
      : { why: "no endpoint is open: give callers keys" };
  },
  tokenAuthEnabled: (isOn) => (isOn ? { endpoint: { auth: "tokens" } } : {}),
  "keys.primaryKey": () => ({ why: NEW_SECRETS }),
  "keys.secondaryKey": () => ({ why: NEW_SECRETS }),

  sslEnabled: (isOn) => (isOn ? { why: INGRESS } : {}),
  sslCertificate: () => ({ why: INGRESS }),
  sslKey: () => ({ why: INGRESS }),
  cname: () => ({ why: HOST }),
  dnsNameLabel: () => ({ why: HOST }),
  location: () => ({ why: "pods run where the cluster is" }),
} satisfies Partial<Counterparts>;
