import type { Command } from "./terminal/command.ts";

/**
 * By name, in the order of their groups. What is not asked for is not read: all of them import half of the
 * product, which would be most of the time that a command takes.
 */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  "models add": async () => (await import("./commands/models-add.ts")).modelsAdd,
  "models check": async () => (await import("./commands/models-check.ts")).modelsCheck,
  "models list": async () => (await import("./commands/models-list.ts")).modelsList,
  "models pull": async () => (await import("./commands/models-pull.ts")).modelsPull,
  "models use": async () => (await import("./commands/models-use.ts")).modelsUse,
  "models rollback": async () => (await import("./commands/models-rollback.ts")).modelsRollback,
  "models archive": async () => (await import("./commands/models-archive.ts")).modelsArchive,
  "endpoints list": async () => (await import("./commands/endpoints-list.ts")).endpointsList,
  "endpoints get": async () => (await import("./commands/endpoints-get.ts")).endpointsGet,
  "endpoints apply": async () => (await import("./commands/endpoints-apply.ts")).endpointsApply,
  "endpoints compare": async () =>
    (await import("./commands/endpoints-compare.ts")).endpointsCompare,
  "endpoints set-traffic": async () =>
    (await import("./commands/endpoints-set-traffic.ts")).endpointsSetTraffic,
  "endpoints promote": async () =>
    (await import("./commands/endpoints-promote.ts")).endpointsPromote,
  "endpoints rollback": async () =>
    (await import("./commands/endpoints-rollback.ts")).endpointsRollback,
  "endpoints replay": async () => (await import("./commands/endpoints-replay.ts")).endpointsReplay,
  "endpoints delete": async () => (await import("./commands/endpoints-delete.ts")).endpointsDelete,
  "capture parquet": async () => (await import("./commands/capture-parquet.ts")).captureParquet,
  score: async () => (await import("./commands/score.ts")).score,
  bench: async () => (await import("./commands/bench.ts")).bench,
  "batch submit": async () => (await import("./commands/batch-submit.ts")).batchSubmit,
  "batch get": async () => (await import("./commands/batch-get.ts")).batchGet,
  "batch list": async () => (await import("./commands/batch-list.ts")).batchList,
  "batch results": async () => (await import("./commands/batch-results.ts")).batchResults,
  "batch retry": async () => (await import("./commands/batch-retry.ts")).batchRetry,
  "batch cancel": async () => (await import("./commands/batch-cancel.ts")).batchCancel,
  "batch delete": async () => (await import("./commands/batch-delete.ts")).batchDelete,
  "sign-in": async () => (await import("./commands/sign-in.ts")).signIn,
  "queue list": async () => (await import("./commands/queue-list.ts")).queueList,
  "queue pause": async () => (await import("./commands/queue-pause.ts")).queuePause,
  "queue resume": async () => (await import("./commands/queue-resume.ts")).queueResume,
  "queue purge": async () => (await import("./commands/queue-purge.ts")).queuePurge,
  "queue retry-failed": async () =>
    (await import("./commands/queue-retry-failed.ts")).queueRetryFailed,
  "keys create": async () => (await import("./commands/keys-create.ts")).keysCreate,
  "keys list": async () => (await import("./commands/keys-list.ts")).keysList,
  "keys regenerate": async () => (await import("./commands/keys-regenerate.ts")).keysRegenerate,
  "keys revoke": async () => (await import("./commands/keys-revoke.ts")).keysRevoke,
  "roles list": async () => (await import("./commands/roles-list.ts")).rolesList,
  "roles get": async () => (await import("./commands/roles-get.ts")).rolesGet,
  "roles set": async () => (await import("./commands/roles-set.ts")).rolesSet,
  "roles delete": async () => (await import("./commands/roles-delete.ts")).rolesDelete,
  "tokens create": async () => (await import("./commands/tokens-create.ts")).tokensCreate,
  "webhook listen": async () => (await import("./commands/webhook-listen.ts")).webhookListen,
  "webhook verify": async () => (await import("./commands/webhook-verify.ts")).webhookVerify,
  "deploy render": async () => (await import("./commands/deploy-render.ts")).deployRender,
  "import azureml": async () => (await import("./commands/import-azureml.ts")).importAzureml,
  doctor: async () => (await import("./commands/doctor.ts")).doctor,
};

export const COMMAND_NAMES: readonly string[] = Object.keys(COMMANDS);

/** @param names some of `COMMAND_NAMES`; all, by default */
export async function commandsOf(names: readonly string[] = COMMAND_NAMES): Promise<Command[]> {
  return Promise.all(names.map(async (name) => commandOf(name)));
}

/** @param name one of `COMMAND_NAMES` */
export async function commandOf(name: string): Promise<Command> {
  const read = COMMANDS[name];
  if (read === undefined) throw new Error(`There is no command "${name}".`);
  return read();
}
