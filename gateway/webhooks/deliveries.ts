import type { Context } from "hono";
import { z } from "zod";
import { ScoringError } from "../../shared/error.ts";
import type { ListingEntry } from "../../shared/redis/listing.ts";
import { LOST } from "../../shared/job/view.ts";
import { deliverAgain } from "../../shared/webhook/deliveries.ts";
import {
  listDeliveries as listOf,
  readDeliveries,
  readDeliveriesOf,
} from "../../shared/webhook/delivery-log.ts";
import { deliveryStatuses, type DeliveryView } from "../../shared/webhook/delivery.ts";
import { jsonAnswer } from "../http/answers.ts";
import { goneError } from "../http/gone.ts";
import { listAnswer } from "../http/list-answer.ts";
import { deliveryDetailJson, deliveryJson } from "./webhook-json.ts";
import { parseBody } from "../http/parse-json.ts";
import { listMembers, readQuery } from "../http/query.ts";
import { readBody } from "../http/read-body.ts";
import { callerOf } from "../access/caller.ts";
import type { DeliveryList, Redelivery } from "./webhook-schema.ts";
import type { WebhookServices } from "./webhook-store.ts";
import type { Handler } from "../http/openapi/operation.ts";

/** Most that are looked at for one request to redeliver, and how many at a time. */
const REDELIVER_LOOKS_MAX = 10_000;
const STEP = 100;
const BODY_BYTES_MAX = 65_536;

const endpointId = z.string().max(100);

/** Query of `GET /v1/deliveries`. */
export const deliveriesQuerySchema = z.strictObject({
  status: z.enum(deliveryStatuses).optional().describe("`dead`: deliveries that were given up."),
  endpoint: endpointId.optional().describe("Only deliveries to this endpoint, `whk_…`."),
  ...listMembers,
});

/** The members of a request to send dead deliveries again. */
export const redeliverSchema = z.strictObject({
  since: z.iso
    .datetime({ offset: true, error: "is not a time such as 2027-01-31T00:00:00Z" })
    .describe("Only events since then."),
  endpoint: endpointId.optional().describe("Only deliveries to this endpoint, `whk_…`."),
});

type Deliveries = Pick<WebhookServices, "webhooks">;

/** What is told of the events of a job or batch that the caller may see, oldest first. */
export async function deliveriesOf(id: string, { webhooks }: Deliveries): Promise<Response> {
  const found = await webhooks.ask(readDeliveriesOf, id);
  const data = found.map((delivery) => deliveryJson(delivery));
  const body: DeliveryList = { object: "list", data, next_cursor: null };
  return jsonAnswer(body);
}

/** `GET /v1/deliveries`: newest first. A page may be short, or even empty, and still have a next one. */
export const listDeliveries: Handler<Deliveries> = async (c, { webhooks }) => {
  const query = readQuery(deliveriesQuerySchema, c.req.query());
  const { tenant } = callerOf(c);
  return listAnswer<DeliveryView>(c, query, {
    prefix: "evt",
    list: async (window) => webhooks.ask(listOf, tenant, query.status === "dead", window),
    read: async (ids) => webhooks.ask(readDeliveries, ids),
    isAskedFor: (delivery) => isAskedFor(delivery, query),
    show: (delivery) => JSON.stringify(deliveryJson(delivery)),
  });
};

/** `GET /v1/deliveries/{id}`: with its attempts. */
export const getDelivery: Handler<Deliveries> = async (c, services) => {
  return jsonAnswer(deliveryDetailJson(await find(c, services)));
};

/** `POST /v1/deliveries/{id}/redeliver`: from the start of its schedule; a pending one at once. */
export const redeliver: Handler<Deliveries> = async (c, services) => {
  const { id } = await find(c, services);
  const verdict = await services.webhooks.ask(deliverAgain, id);
  if (verdict !== "done") {
    throw new ScoringError("gone_expired", "The job or batch of this delivery is no longer kept.");
  }
  return jsonAnswer(deliveryDetailJson(await find(c, services)), 202);
};

/** `POST /v1/deliveries/redeliver`: all dead letters since a time, or those of one endpoint. */
export const redeliverDead: Handler<Deliveries> = async (c, { webhooks }) => {
  const { tenant } = callerOf(c);
  const { since, endpoint } = parseBody(redeliverSchema, await readBody(c, BODY_BYTES_MAX));
  const createdAfterMs = Date.parse(since) - 1;
  let after: ListingEntry | undefined;
  const counts = { redelivered: 0, gone: 0 };
  for (let looks = 0; looks < REDELIVER_LOOKS_MAX; looks += STEP) {
    const window = { after, createdAfterMs, createdBeforeMs: undefined, count: STEP };
    const entries = await webhooks.ask(listOf, tenant, true, window);
    const found = await webhooks.ask(
      readDeliveries,
      entries.map(({ id }) => id),
    );
    const wanted = found.filter((one) => one !== undefined && isAskedFor(one, { endpoint }));
    const verdicts = await Promise.all(
      wanted.map(async (one) => webhooks.ask(deliverAgain, one?.id ?? "")),
    );
    counts.redelivered += verdicts.filter((verdict) => verdict === "done").length;
    counts.gone += verdicts.filter((verdict) => verdict === "gone").length;
    if (entries.length < STEP) return answer(false);
    after = entries.at(-1);
  }
  return answer(true);

  function answer(hasMore: boolean): Response {
    const body: Redelivery = { object: "redelivery", ...counts, has_more: hasMore };
    return jsonAnswer(body, 202);
  }
};

type Query = z.infer<typeof deliveriesQuerySchema>;

function isAskedFor(
  delivery: DeliveryView,
  { status, endpoint }: Pick<Query, "status" | "endpoint">,
): boolean {
  const { status: has, target } = delivery;
  return (status ?? has) === has && (endpoint ?? target) === target;
}

/** @throws {ScoringError} `not_found`, also for another tenant's; `gone_expired`, `lost` */
async function find(c: Context, { webhooks }: Deliveries): Promise<DeliveryView> {
  const found = await webhooks.delivery(c.req.param("id") ?? "", callerOf(c).tenant);
  if (found === undefined) throw new ScoringError("not_found", "There is no such delivery.");
  if (typeof found === "object") return found;
  throw goneError("delivery", found === LOST ? LOST : undefined);
}
