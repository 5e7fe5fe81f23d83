import { gatewayOptions } from "../http/options.ts";
import { Gateway } from "../http/gateway.ts";
import { batchPath } from "../batch/batch.ts";
import type { Command } from "../terminal/command.ts";

/** `batch delete`: erases an ended batch. */
export const batchDelete: Command = {
  name: "batch delete",
  usage: "BATCH_ID",
  summary: "Erases an ended batch: its items, its results, its record.",
  about: "Cancel a batch that has not ended first: npx scoreline batch cancel BATCH_ID",
  options: {
    "--json": `{"id": ..., "deleted": true}`,
    ...gatewayOptions,
  },
  examples: ["batch delete bat_01m7z2a26vfw0besdntrqt1pz3"],
  async run(given, shell) {
    const id = given.words[0] ?? "";
    await new Gateway(given, shell).send({ path: batchPath(id), method: "DELETE" });
    shell.print(
      given.flags["json"] === true ? JSON.stringify({ id, deleted: true }) : `${id} is erased`,
    );
  },
};
