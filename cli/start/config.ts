import { z } from "zod";

/** What `npm start` reads itself; everything else in the environment goes on to the children. */
export const startConfigSchema = z.object({
  HOST: z.string().default("127.0.0.1"),
  PORT: z.coerce.number().int().min(1).max(65535).default(8080),
  REDIS_URL: z.url({ protocol: /^rediss?$/ }).optional(),
  AUTH: z.enum(["keys", "off"]).default("keys"),
  /** By default `.scoreline` and `models` in the repository, wherever the command is typed. */
  DATA_DIR: z.string().optional(),
  MODELS_DIR: z.string().optional(),
  LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"),
  LOG_FORMAT: z.enum(["pretty", "json"]).default("pretty"),
  NO_COLOR: z.string().optional(),
  /** Set by the npm package's command: the folder whose models it serves, and whose state is its own. */
  SCORELINE_FOLDER: z.string().optional(),
  /** Set by npm: the folder the person typed the command in. */
  INIT_CWD: z.string().optional(),
});

export type StartConfig = z.infer<typeof startConfigSchema>;
