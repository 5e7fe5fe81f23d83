import { header, idParameter } from "../http/openapi/parameters.ts";

/** `{id}` of a batch in a path. */
export const batchIdParameter = idParameter("The batch's id.", "bat_01m7z2a28nec097t69kvhhq4z1");

/** What becomes of bad items of an upload, beside the wait. */
export const uploadPreferParameter = header("Prefer", {
  description:
    "RFC 7240. `handling=lenient`: an item that cannot be read is taken as one that fails; else it " +
    "is refused, and the upload ends there. Of a create also `wait=n`, `wait` and `respond-async`.",
  example: "handling=lenient, wait=30",
});
