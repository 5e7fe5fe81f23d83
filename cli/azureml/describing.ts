import type { Counterparts } from "./counterpart.ts";

/** What is said of a service, kept of it, and shared out among its versions. */
export const describing = {
  description: (text) => ({ endpoint: { description: text } }),
  tags: (tags) => ({ endpoint: { tags } }),
  properties: (properties) => ({ endpoint: { properties } }),
  "dataCollection.storageEnabled": (isOn) =>
    isOn ? { endpoint: { capture: { percent: 100, inputs: true, outputs: true } } } : {},
  appInsightsEnabled: (isOn) => ({
    why: isOn
      ? "needs no setting: every process has metrics and writes logs as JSON"
      : "metrics are always on",
  }),

  trafficPercentile: (percent) => ({ variant: { share: Math.round(percent * 100) / 100 } }),
  isDefault: (isDefault, { variant }) => (isDefault ? { endpoint: { default: variant } } : {}),
  type: (type) => ({ variant: { type } }),
} satisfies Partial<Counterparts>;
