import type { Context } from "hono";
import { z } from "zod";
import { ScoringError } from "../../shared/error.ts";
import { schemaError } from "../../shared/model/faults.ts";
import type { DeliveryPlace } from "../../shared/queue/delivery-log.ts";
import { deliveryStatuses, type DeliveryView } from "../../shared/webhook/delivery.ts";
import { jsonAnswer } from "../answer/answers.ts";
import { deliveryDetailJson, deliveryJson } from "../answer/webhook-json.ts";
import { parseJson } from "../body/json.ts";
import { cursorOf, nextLink, placeOf, readQuery } from "../body/query.ts";
import { readBody } from "../body/read-body.ts";
import { callerOf } from "../caller.ts";
import type { DeliveryList, Redelivery } from "../schema/webhook.ts";
import type { GatewayServices } from "../services.ts";
import { jobIdOf, orGone } from "./find-job.ts";

const LIMIT_MAX = 100;
const LIMIT_DEFAULT = 20;
/** Most that are looked at for a page, and for one request to redeliver. */
const LOOKS_MAX = 1000;
const REDELIVER_LOOKS_MAX = 10_000;
const BODY_BYTES_MAX = 65_536;
const DELIVERY_ID = /^evt_\w{26,80}$/;

const endpointId = z.string().max(100);

/** Query of `GET /v1/deliveries`. */
export const deliveriesQuerySchema = z.strictObject({
  status: z.enum(deliveryStatuses).optional().describe("`dead`: the dead letters."),
  endpoint: endpointId.optional().describe("Only to this endpoint, `whk_…`."),
  limit: z.coerce.number().int().min(1).max(LIMIT_MAX).default(LIMIT_DEFAULT),
  cursor: z.string().optional().describe("`next_cursor` of the page before."),
});

/** The members of a request to send dead deliveries again. */
export const redeliverSchema = z.strictObject({
  since: z.iso
    .datetime({ offset: true, error: "is not a time such as 2027-01-31T00:00:00Z" })
    .describe("Of events from then on."),
  endpoint: endpointId.optional().describe("Only to this endpoint, `whk_…`."),
});

/** `GET /v1/jobs/{id}/deliveries`: what is told of a job's events, oldest first. */
export async function listDeliveriesOfJob(
  c: Context,
  services: GatewayServices,
): Promise<Response> {
  const id = jobIdOf(c, services);
  orGone(c, await services.reader.read(id, "read"));
  const found = await services.webhooks.deliveriesOf(id);
  const data = found.map((delivery) => deliveryJson(delivery));
  const body: DeliveryList = { object: "list", data, next_cursor: null };
  return jsonAnswer(body);
}

/** `GET /v1/deliveries`: newest first. A page may be short, even empty, and still have a next one. */
export async function listDeliveries(c: Context, services: GatewayServices): Promise<Response> {
  const query = readQuery(deliveriesQuerySchema, c.req.query());
  const { found, next } = await walk(callerOf(c).tenant, query, services);
  const cursor = next === undefined ? null : cursorOf(next);
  const data = found.map((delivery) => deliveryJson(delivery));
  const body: DeliveryList = { object: "list", data, next_cursor: cursor };
  return jsonAnswer(body, 200, nextLink(c.req.url, cursor));
}

/** `GET /v1/deliveries/{id}`: with its attempts. */
export async function getDelivery(c: Context, services: GatewayServices): Promise<Response> {
  return jsonAnswer(deliveryDetailJson(await find(c, services)));
}

/** `POST /v1/deliveries/{id}/redeliver`: from the start of its schedule; a pending one at once. */
export async function redeliver(c: Context, services: GatewayServices): Promise<Response> {
  const { id } = await find(c, services);
  const verdict = await services.webhooks.again(id);
  if (verdict !== "done") throw gone("What the delivery told of is no longer kept.");
  return jsonAnswer(deliveryDetailJson(await find(c, services)), 202);
}

/** `POST /v1/deliveries/redeliver`: all dead letters since a time, or those of one endpoint. */
export async function redeliverDead(c: Context, { webhooks }: GatewayServices): Promise<Response> {
  const { tenant } = callerOf(c);
  const { since, endpoint } = readRedeliver(await readBody(c, BODY_BYTES_MAX));
  let after: DeliveryPlace | undefined;
  const counts = { redelivered: 0, gone: 0 };
  for (let looks = 0; looks < REDELIVER_LOOKS_MAX; looks += LIMIT_MAX) {
    const window = { onlyDead: true, after, sinceMs: Date.parse(since), count: LIMIT_MAX };
    const places = await webhooks.places(tenant, window);
    const found = (await webhooks.read(places)).filter((one) => one !== undefined);
    const wanted = found.filter(({ target }) => endpoint === undefined || target === endpoint);
    const verdicts = await Promise.all(wanted.map(async ({ id }) => webhooks.again(id)));
    counts.redelivered += verdicts.filter((verdict) => verdict === "done").length;
    counts.gone += verdicts.filter((verdict) => verdict === "gone").length;
    if (places.length < LIMIT_MAX) return answer(false);
    after = places.at(-1);
  }
  return answer(true);

  function answer(hasMore: boolean): Response {
    const body: Redelivery = { object: "redelivery", ...counts, has_more: hasMore };
    return jsonAnswer(body, 202);
  }
}

interface Page {
  readonly found: readonly DeliveryView[];
  /** The last one that was looked at, when there may be more behind it. */
  readonly next: DeliveryPlace | undefined;
}

type Query = z.infer<typeof deliveriesQuerySchema>;

async function walk(tenant: string, query: Query, { webhooks }: GatewayServices): Promise<Page> {
  const found: DeliveryView[] = [];
  const onlyDead = query.status === "dead";
  let after = query.cursor === undefined ? undefined : placeOf(query.cursor, DELIVERY_ID);
  for (let looks = 0; looks < LOOKS_MAX; looks += LIMIT_MAX) {
    const places = await webhooks.places(tenant, { onlyDead, after, count: LIMIT_MAX });
    for (const [i, delivery] of (await webhooks.read(places)).entries()) {
      after = places[i];
      if (delivery !== undefined && isAskedFor(delivery, query)) found.push(delivery);
      const isLast = i === places.length - 1 && places.length < LIMIT_MAX;
      if (found.length === query.limit) return { found, next: isLast ? undefined : after };
    }
    if (places.length < LIMIT_MAX) return { found, next: undefined };
  }
  return { found, next: after };
}

function isAskedFor(delivery: DeliveryView, { status, endpoint }: Query): boolean {
  if (status !== undefined && delivery.status !== status) return false;
  return endpoint === undefined || delivery.target === endpoint;
}

/** @throws {ScoringError} `not_found`, also for another tenant's; `gone_expired` */
async function find(c: Context, { webhooks }: GatewayServices): Promise<DeliveryView> {
  const found = await webhooks.delivery(c.req.param("id") ?? "", callerOf(c).tenant);
  if (found === undefined) throw new ScoringError("not_found", "There is no such delivery.");
  if (found === "gone") throw gone("The delivery has been kept as long as promised.");
  return found;
}

function gone(message: string): ScoringError {
  return new ScoringError("gone_expired", message);
}

/** @throws {ScoringError} `invalid_json`, `invalid_input`, `unknown_field` */
function readRedeliver(body: Buffer): z.infer<typeof redeliverSchema> {
  const request = redeliverSchema.safeParse(parseJson(body));
  if (request.success) return request.data;
  throw schemaError(request.error, "");
}
