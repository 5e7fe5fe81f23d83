import type { ArmKind } from "./arm.ts";
import { direct } from "./direct.ts";
import { ours } from "./ours.ts";
import { programs } from "./programs.ts";
import { peerArm } from "./peers/peer-arm.ts";
import { peers } from "./peers/peers.ts";

/** Ours, as clients use it. Ratios between them tell what keys, tenants and variety cost. */
const OURS = [
  { name: "ours", title: "Scoreline, no keys; each client waits for its answer" },
  {
    name: "ours-async",
    title: "Scoreline, no keys; submit, then read the result by a second request",
    manner: "async",
  },
  { name: "ours-keys", title: "Scoreline; all clients have one key", tenants: 1 },
  { name: "ours-tenants", title: "Scoreline; 64 tenants, a key each", tenants: 64 },
  {
    name: "ours-varied",
    title: "Scoreline, no keys; jobs differ in metadata, parameters, trace and idempotency key",
    manner: "varied",
  },
] as const;

/** Every arm that can be chosen. @param against folder of another checkout */
export function allArms(against: string | undefined): readonly ArmKind[] {
  const other: ArmKind[] =
    against === undefined
      ? []
      : [ours({ name: "against", title: `as \`ours\`, of the other checkout`, root: against })];
  return [
    ...OURS.map((options) => ours(options)),
    ...other,
    direct,
    ...peers.map(peerArm),
    ...programs,
  ];
}
