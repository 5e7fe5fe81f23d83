import type { Context } from "hono";
import { deliveriesOf } from "../webhooks/deliveries.ts";
import type { GatewayServices } from "../services.ts";
import { batchIdOf, orBatchGone } from "./find-batch.ts";

/** `GET /v1/batches/{id}/deliveries`: what is told of a batch's events, oldest first. */
export async function listDeliveriesOfBatch(
  c: Context,
  services: GatewayServices,
): Promise<Response> {
  const id = batchIdOf(c, services);
  orBatchGone(c, await services.batches.read(id));
  return deliveriesOf(id, services);
}
