import type { ComponentChildren } from "preact";
import type { DeliveryJson } from "../../../webhooks/webhook-schema.ts";
import { html } from "../app/html.ts";
import { Chip } from "../pieces/chip.ts";
import type { Tone } from "../pieces/tone.ts";

const TONES: Readonly<Record<DeliveryJson["status"], Tone>> = {
  pending: "plain",
  delivered: "good",
  dead: "bad",
};

/** What became of a delivery. */
export function DeliveryChip({ status }: Pick<DeliveryJson, "status">): ComponentChildren {
  return html`<${Chip} tone=${TONES[status]} text=${status} />`;
}
