import { ask } from "./client.ts";
import { PUBLIC } from "./receiver.ts";

/** In every word that is planted. */
export const MARK = "Mk7q9f3b";

/** What a client sends and nobody may be told, and what comes back to who sent it. */
export const SECRET = `${MARK}-secret`;
export const OWN = `${MARK}-own`;

const JSON_TYPE = { "content-type": "application/json", prefer: "wait=1" };
const PLANTED = {
  "idempotency-key": SECRET,
  // None that may be logged: one that is an id would be.
  "x-request-id": `${SECRET} is no id`,
  traceparent: `00-${SECRET}-00`,
  "user-agent": SECRET,
  cookie: `session=${SECRET}`,
};
const WEBHOOK = `http://${PUBLIC}:9/${SECRET}?token=${SECRET}`;

export interface Planted {
  readonly name: string;
  readonly status: number;
  readonly text: string;
}

type Request = readonly [name: string, path: string, init: RequestInit];

/**
 * Sends what has a mark in every place that a client can fill: bodies of every form, right and
 * wrong, headers, keys, names of files, URLs.
 *
 * @param round another each time: idempotency keys go by it
 * @returns what was answered; nothing for what was cut
 */
export async function sendPlanted(gateway: string, round: number): Promise<readonly Planted[]> {
  const answers = requests(round).map(async ([name, path, init]): Promise<readonly Planted[]> => {
    try {
      const response = await ask(`${gateway}${path}`, init);
      return [{ name, status: response.status, text: await response.text() }];
    } catch {
      return []; // cut
    }
  });
  return (await Promise.all(answers)).flat();
}

function requests(round: number): readonly Request[] {
  const jobs = "/v1/models/slow-text/jobs";
  const metadata = { [OWN]: OWN };
  const job = { input: { text: SECRET }, metadata, webhook: { url: WEBHOOK } };
  const grades = { input: { grades: [SECRET] }, parameters: { factor: SECRET } };
  const lines = [{ batch: { model: "slow-text", metadata } }, { custom_id: OWN, input: SECRET }];
  const ndjson = [...lines, { custom_id: `${OWN}2`, input: { text: SECRET } }]
    .map((line) => JSON.stringify(line))
    .join("\n");
  return [
    post(round, "job", jobs, job),
    post(round, "job with limits", jobs, { ...job, timeouts: { total_ms: 60_000 } }),
    post(round, "slow job", jobs, { input: { text: "slow" }, metadata }),
    post(round, "wrong input", "/v1/models/script-example/jobs", grades),
    post(round, "wrong members", jobs, { input: { [OWN]: SECRET }, [OWN]: SECRET }),
    post(round, "wrong webhook", jobs, {
      ...job,
      webhook: { url: `ftp://u:${SECRET}@host/${SECRET}` },
    }),
    post(round, "cut JSON", jobs, `{"input": {"text": "${SECRET}`),
    post(round, "no JSON", jobs, `{"input": ${SECRET}}`),
    post(round, "query", `${jobs}?${OWN}=${SECRET}`, job),
    [
      "text",
      jobs,
      { method: "POST", headers: { ...PLANTED, ...type("text/plain") }, body: SECRET },
    ],
    ["form", jobs, { method: "POST", headers: PLANTED, body: form() }],
    [
      "lines",
      "/v1/batches",
      { method: "POST", headers: { ...PLANTED, ...type("application/x-ndjson") }, body: ndjson },
    ],
    post(round, "batch", "/v1/batches", { model: "slow-text", metadata, items: [lines[1]] }),
    post(round, "batch of a folder", "/v1/batches", {
      model: "slow-text",
      source: { folder: OWN },
    }),
    post(round, "batch of a file", "/v1/batches", { model: "slow-text", source: { file: OWN } }),
    [
      "CSV",
      `/v1/batches?model=mixed-columns`,
      {
        method: "POST",
        headers: { ...PLANTED, ...type("text/csv") },
        body: `plan,age\n${SECRET},${SECRET}\n`,
      },
    ],
    post(round, "endpoint", "/v1/webhook-endpoints", {
      url: `http://${PUBLIC}:9/${OWN}?token=${OWN}`,
      description: OWN,
      headers: { "x-auth": SECRET },
    }),
    // Its name is told in an audit line.
    post(round, "key", "/v1/keys", { name: "of a client", scopes: ["jobs:read"] }),
    post(round, "wrong key", "/v1/keys", { name: OWN, scopes: [SECRET] }),
    post(round, "wrong access token", "/v1/tokens", { scopes: [SECRET], models: [OWN] }),
    post(round, "wrong code", "/v1/sign-ins", { code: SECRET }),
    // A path is logged, with the names in it.
    post(round, "embeddings", "/openai/v1/embeddings", {
      model: OWN,
      input: [SECRET],
      user: SECRET,
    }),
    post(round, "wrong embeddings", "/openai/v1/embeddings", { model: SECRET, input: [OWN, 1] }),
    post(round, "service", "/api/v1/service/slow-text/score", { input: SECRET, [OWN]: SECRET }),
    post(round, "service of nobody", "/api/v1/service/nobody/score", { data: [SECRET] }),
    put(round, "wrong definition", "/v1/endpoints/marked", { variants: [{ model: SECRET }] }),
    put(round, "wrong role", "/v1/roles/marked", { scopes: [SECRET], models: [OWN] }),
    post(round, "wrong label", "/v1/jobs/nobody/label", { label: SECRET }),
    post(round, "wrong replay", "/v1/endpoints/marked/replays", { batch: SECRET, [OWN]: SECRET }),
    post(round, "wrong pause", "/v1/queue/slow-text@1.bulk/pause", { refuse: SECRET }),
    post(round, "wrong time", "/v1/queue/retry-failed", { since: SECRET, cursor: SECRET }),
    get("a signed token of nobody", "/v1/jobs", `Bearer ${signedBy(SECRET)}`),
    get("a token that is none", "/v1/jobs", `Bearer ${SECRET}`),
    get("a token of no key", "/v1/jobs", `Bearer sk_${"0".repeat(26)}_${"ab".repeat(32)}`),
    get("a list", `/v1/jobs?limit=${SECRET}&${OWN}=1`),
    get("a cursor", `/v1/batches?after=${SECRET}`),
    get("figures", "/metrics"),
  ];
}

function post(round: number, name: string, path: string, body: unknown): Request {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const headers = {
    ...PLANTED,
    ...JSON_TYPE,
    "idempotency-key": `${SECRET}-${name.replaceAll(" ", "-")}-${round}`,
  };
  return [name, path, { method: "POST", headers, body: text }];
}

function put(round: number, name: string, path: string, body: unknown): Request {
  const [, , init] = post(round, name, path, body);
  return [name, path, { ...init, method: "PUT" }];
}

function get(name: string, path: string, authorization?: string): Request {
  return [name, path, { headers: { ...PLANTED, ...(authorization && { authorization }) } }];
}

function type(contentType: string): Readonly<Record<string, string>> {
  return { "content-type": contentType, prefer: "wait=1" };
}

function form(): FormData {
  const data = new FormData();
  data.append("file", new Blob([SECRET], { type: "text/plain" }), `${OWN}.txt`);
  data.append("metadata", JSON.stringify({ [OWN]: OWN }));
  return data;
}

/** A token with a word in every part of it. */
function signedBy(issuer: string): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "EdDSA", kid: issuer })}.${part({ iss: issuer, sub: issuer })}.${issuer}`;
}
