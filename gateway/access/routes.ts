import type { Context } from "hono";
import type { AccessKey } from "../../shared/access/key.ts";
import { ScoringError } from "../../shared/error.ts";
import { jsonAnswer } from "../http/answers.ts";
import { keyJson } from "./key-json.ts";
import { readNewKey, readSecretName } from "./key-body.ts";
import { readBody } from "../http/read-body.ts";
import { callerOf } from "./caller.ts";
import type { Key, KeyList } from "./key-schema.ts";
import type { GatewayServices } from "../services.ts";

const BODY_BYTES_MAX = 65_536;
const PAGE_MAX = 100;

/** `GET /v1/keys`: all keys of all tenants, oldest first, a page at a time. */
export async function listKeys(c: Context, services: GatewayServices): Promise<Response> {
  refuseWhenOpen(c);
  const after = readAfter(c.req.query("after"), services);
  const limit = readLimit(c.req.query("limit"));
  // One more than asked for says whether there is another page.
  const found = await services.accessKeys.list(after, limit + 1);
  const page = found.slice(0, limit);
  const hasMore = found.length > limit;
  const next = `</v1/keys?limit=${limit}&after=${page.at(-1)?.id}>; rel="next"`;
  const data = page.map((key) => keyJson(key));
  const body: KeyList = { object: "list", data, has_more: hasMore };
  return jsonAnswer(body, 200, hasMore ? { link: next } : {});
}

/** `POST /v1/keys`: the only answer that holds both secrets of the key. */
export async function createKey(c: Context, services: GatewayServices): Promise<Response> {
  refuseWhenOpen(c);
  const { accessKeys, clock, logger } = services;
  const nowMs = clock.now();
  const wanted = readNewKey(await readBody(c, BODY_BYTES_MAX), nowMs);
  const { key, tokens } = await accessKeys.issue(wanted, nowMs);
  logger.info({ key: key.id, tenant: key.tenant, by: callerOf(c).keyId }, "key created");
  const body: Key = { ...keyJson(key), secrets: tokens };
  return jsonAnswer(body, 201, { location: `/v1/keys/${key.id}` });
}

/** `GET /v1/keys/{id}` */
export async function getKey(c: Context, services: GatewayServices): Promise<Response> {
  refuseWhenOpen(c);
  return jsonAnswer(keyJson(await findKey(c, services)));
}

/** `POST /v1/keys/{id}/regenerate`: one secret stops working, and another is told once. */
export async function regenerateKey(c: Context, services: GatewayServices): Promise<Response> {
  refuseWhenOpen(c);
  const { accessKeys, access, logger } = services;
  const name = readSecretName(await readBody(c, BODY_BYTES_MAX));
  const key = await findKey(c, services);
  const token = await accessKeys.regenerate(key.id, name);
  if (token === undefined) throw noSuchKey();
  await access.changed(key.id);
  logger.info({ key: key.id, secret: name, by: callerOf(c).keyId }, "key regenerated");
  return jsonAnswer({ ...keyJson(key), secrets: { [name]: token } });
}

/** `DELETE /v1/keys/{id}`: both secrets stop working. Doing it twice is fine. */
export async function revokeKey(c: Context, services: GatewayServices): Promise<Response> {
  refuseWhenOpen(c);
  const { accessKeys, access, logger } = services;
  const id = c.req.param("id") ?? "";
  if (!accessKeys.isOurs(id)) throw noSuchKey();
  const end = await accessKeys.revoke(id);
  if (end === "last_admin") {
    const message = "It is the last admin key; create another one first.";
    throw new ScoringError("last_admin_key", message);
  }
  await access.changed(id);
  logger.info({ key: id, by: callerOf(c).keyId }, "key revoked");
  return new Response(null, { status: 204 });
}

async function findKey(c: Context, { accessKeys }: GatewayServices): Promise<AccessKey> {
  const key = await accessKeys.find(c.req.param("id") ?? "");
  if (key === undefined) throw noSuchKey();
  return key;
}

/** @throws {ScoringError} `forbidden`: an admin key that anybody could make would outlive AUTH=off */
function refuseWhenOpen(c: Context): void {
  if (callerOf(c).keyId !== undefined) return;
  throw new ScoringError("forbidden", "Key management is off because AUTH=off.");
}

/** @throws {ScoringError} `invalid_input` */
function readAfter(text = "", { accessKeys }: GatewayServices): string {
  if (text === "" || accessKeys.isOurs(text)) return text;
  throw queryError("after", "is not a key id");
}

/** @throws {ScoringError} `invalid_input` */
function readLimit(text = String(PAGE_MAX)): number {
  const limit = Number(text);
  if (/^\d+$/.test(text) && limit >= 1 && limit <= PAGE_MAX) return limit;
  throw queryError("limit", `is not 1 to ${PAGE_MAX}`);
}

function queryError(parameter: string, detail: string): ScoringError {
  const faults = [{ detail, parameter }];
  return new ScoringError("invalid_input", `?${parameter}= ${detail}.`, { faults });
}

function noSuchKey(): ScoringError {
  return new ScoringError("not_found", "There is no such key.");
}
