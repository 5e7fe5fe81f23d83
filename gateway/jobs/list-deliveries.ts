import type { Context } from "hono";
import { deliveriesOf } from "../webhooks/deliveries.ts";
import type { GatewayServices } from "../services.ts";
import { jobIdOf, orGone } from "./find-job.ts";

/** `GET /v1/jobs/{id}/deliveries`: what is told of a job's events, oldest first. */
export async function listDeliveriesOfJob(
  c: Context,
  services: GatewayServices,
): Promise<Response> {
  const id = jobIdOf(c, services);
  orGone(c, await services.reader.read(id, "read"));
  return deliveriesOf(id, services);
}
