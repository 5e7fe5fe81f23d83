import type { Manifest } from "../../shared/model/manifest.ts";
import type { Config, Field, Values } from "./fields.ts";

/** What one setting becomes here. Members of JSON are named by their place, `defaults.wait_ms`. */
export interface Counterpart {
  /** Members of the model version's manifest. */
  readonly manifest?: Readonly<Record<string, unknown>>;
  /** Options of `deploy render`. */
  readonly deploy?: Readonly<Record<string, string>>;
  /** Members of the endpoint. */
  readonly endpoint?: Readonly<Record<string, unknown>>;
  /** Members of the endpoint's variant. */
  readonly variant?: Readonly<Record<string, unknown>>;
  /** Why there is no counterpart, or none for all of it. */
  readonly why?: string;
}

/** Where a setting is to go. */
export interface Target {
  readonly config: Config;
  /** As it is now. */
  readonly manifest: Manifest;
  /** The variant's name. */
  readonly variant: string;
}

/** What becomes of each setting. */
export type Counterparts = {
  readonly [K in Field]: (value: Values[K], target: Target) => Counterpart;
};
