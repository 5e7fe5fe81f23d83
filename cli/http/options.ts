import type { Options } from "../terminal/command.ts";

/** Of every command that calls a gateway. */
export const gatewayOptions: Options = {
  "--url URL":
    "where the gateway is; default: where PORT says, else the one that npm start started here, else port 8080",
  SCORELINE_API_KEY:
    "the key to call with; default: the one that npm start keeps in .scoreline/api-key, which is sent to this machine only",
};

/** Of those that print what it answers. */
export const answerOptions: Options = {
  "--json": "the gateway's answer as it is",
  ...gatewayOptions,
};
