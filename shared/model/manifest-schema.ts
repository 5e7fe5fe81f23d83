import { checkManifest } from "./check-manifest.ts";
import { manifestMembers } from "./manifest.ts";

/** A manifest whose members are right by themselves and fit each other. */
export const manifestSchema = manifestMembers.superRefine(checkManifest);
