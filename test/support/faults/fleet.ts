import type { Role, System } from "../system.ts";
import { Link } from "../link.ts";

/** A kind of process that can be lost. */
export type RoleKind = "gateway" | "worker" | "courier";

export interface Member {
  readonly kind: RoleKind;
  readonly role: Role;
  /** Of a gateway. */
  readonly url: string;
}

export interface FleetOptions {
  readonly gateways: number;
  readonly workers: number;
  readonly couriers: number;
}

/**
 * Roles that can be lost one by one, each connected to Redis by a link of its kind. What is lost is
 * replaced by another of its kind.
 */
export class Fleet implements AsyncDisposable {
  readonly system: System;
  readonly links: Readonly<Record<RoleKind, Link>>;
  #members: readonly Member[] = [];

  private constructor(system: System, links: Readonly<Record<RoleKind, Link>>) {
    this.system = system;
    this.links = links;
  }

  static async start(system: System, options: FleetOptions): Promise<Fleet> {
    await using begun = new AsyncDisposableStack();
    const to = async (): Promise<Link> => begun.use(await Link.to(system.redis.port));
    const fleet = new Fleet(system, {
      gateway: await to(),
      worker: await to(),
      courier: await to(),
    });
    await Promise.all([
      ...Array.from({ length: options.gateways }, async () => fleet.add("gateway")),
      ...Array.from({ length: options.workers }, async () => fleet.add("worker")),
      ...Array.from({ length: options.couriers }, async () => fleet.add("courier")),
    ]);
    begun.move();
    return fleet;
  }

  /** Where there is a gateway now. */
  get urls(): readonly string[] {
    return this.of("gateway").map(({ url }) => url);
  }

  of(kind: RoleKind): readonly Member[] {
    return this.#members.filter((member) => member.kind === kind && !member.role.hasExited);
  }

  /** Starts one more, ready. @param env of this one */
  async add(kind: RoleKind, env: Readonly<Record<string, string>> = {}): Promise<Member> {
    const member = await this.#start(kind, env);
    this.#members = [...this.#members, member];
    return member;
  }

  /** Has one stop in order. */
  async remove(member: Member, signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    this.#members = this.#members.filter((other) => other !== member);
    await member.role.end(signal);
  }

  /** Ends one, and starts another of its kind. @param env of the other */
  async replace(
    member: Member,
    signal: NodeJS.Signals,
    env: Readonly<Record<string, string>> = {},
  ): Promise<Member> {
    await this.remove(member, signal);
    return this.add(member.kind, env);
  }

  /** Of all kinds, at once. */
  async killAll(): Promise<void> {
    const all = this.#members;
    this.#members = [];
    await Promise.all(all.map(async ({ role }) => role.end("SIGKILL")));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.system[Symbol.asyncDispose]();
    for (const link of Object.values(this.links)) await link[Symbol.asyncDispose]();
  }

  async #start(kind: RoleKind, more: Readonly<Record<string, string>>): Promise<Member> {
    const url = this.system.redis.urlOf(kind, this.links[kind].port);
    const env = { REDIS_URL: url, ...more };
    switch (kind) {
      case "gateway":
        return { kind, ...(await this.system.gateway({ env })) };
      case "worker":
        return { kind, role: await this.system.worker({ env }), url: "" };
      case "courier":
        return { kind, role: await this.system.courier({ env }), url: "" };
    }
  }
}
