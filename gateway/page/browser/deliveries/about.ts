import type { ComponentChildren } from "preact";
import type { DeliveryJson } from "../../../webhooks/webhook-schema.ts";
import { html } from "../app/html.ts";

/** What a delivery tells of, as a link where there is a page for it. */
export function About({ resource }: Pick<DeliveryJson, "resource">): ComponentChildren {
  const page = { job: "jobs", bat: "batches" }[resource.slice(0, 3)];
  const text = html`<code>${resource}</code>`;
  return page === undefined ? text : html`<a href=${`#/${page}/${resource}`}>${text}</a>`;
}
