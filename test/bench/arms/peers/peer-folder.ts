import { fileURLToPath } from "node:url";

/** Where the peers' own code and requirements are. */
export const PEERS = fileURLToPath(new URL("../../peers/", import.meta.url));
